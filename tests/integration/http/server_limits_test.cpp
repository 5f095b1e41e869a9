#include <gmock/gmock.h>
#include <sys/resource.h>

#include "running_server.hpp"
#include "wire.hpp"

namespace sagad::test {
namespace {

using testing::HasSubstr;

void ok(const http::request& got, http::reply answer) {
  answer({.body = std::to_string(got.body.size())});
}

struct refusal {
  const char* what;
  std::string request;
  const char* status;
};

class http_refuses : public testing::TestWithParam<refusal> {};

TEST_P(http_refuses, with_the_right_status_and_closes) {
  running_server server(ok, {.header_bytes_max = 1024, .body_bytes_max = 100});
  wire client(server.port());
  client.send(GetParam().request);
  auto const answer = client.read_to_end();
  EXPECT_EQ(status_line(answer), std::string("HTTP/1.1 ") + GetParam().status);
  EXPECT_THAT(answer, HasSubstr("Content-Type: application/problem+json\r\n"));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_EQ(server.server().counts().refused, 1U);
  EXPECT_EQ(server.server().counts().requests, 0U);
}

std::string many_fields() {
  std::string text = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 130; ++i) text += "a:b\r\n";
  return text + "\r\n";
}

const std::string chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string many_lines(int lines) {
  std::string text;
  for (int i = 0; i < lines; ++i) text += "abc: def\r\n";
  return text + "\r\n";
}

std::string many_extensions() {
  std::string text;
  for (int i = 0; i < 3; ++i) text += "1;a=" + std::string(360, 'x') + "\r\nz\r\n";
  return text + "0\r\n\r\n";
}

INSTANTIATE_TEST_SUITE_P(
    all, http_refuses,
    testing::Values(
        refusal{"garbage", "\x16\x03\x01\x02", "400 Bad Request"},
        refusal{"no_such_syntax", "GET\r\n\r\n", "400 Bad Request"},
        refusal{"bare_line_feeds", "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", "400 Bad Request"},
        refusal{"no_host", "GET / HTTP/1.1\r\n\r\n", "400 Bad Request"},
        refusal{"two_hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400 Bad Request"},
        refusal{"space_before_colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400 Bad Request"},
        refusal{"folded_field", "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", "400 Bad Request"},
        refusal{"two_lengths", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                "400 Bad Request"},
        refusal{"negative_length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", "400 Bad Request"},
        refusal{"length_and_chunks",
                "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "400 Bad Request"},
        refusal{"other_coding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                "501 Not Implemented"},
        refusal{"bad_chunk_size", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                "400 Bad Request"},
        refusal{"chunk_longer_than_told",
                "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", "400 Bad Request"},
        refusal{"other_version", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", "505 HTTP Version Not Supported"},
        refusal{"other_expectation", "POST / HTTP/1.1\r\nHost: h\r\nExpect: wonders\r\n\r\n", "417 Expectation Failed"},
        refusal{"endless_header", "GET / HTTP/1.1\r\nX: " + std::string(2000, 'x'),
                "431 Request Header Fields Too Large"},
        refusal{"large_header", "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(2000, 'x') + "\r\n\r\n",
                "431 Request Header Fields Too Large"},
        refusal{"large_trailers", chunked + "1\r\na\r\n0\r\n" + many_lines(120), "431 Request Header Fields Too Large"},
        refusal{"an_endless_trailer", chunked + "0\r\nX: " + std::string(2000, 'x'),
                "431 Request Header Fields Too Large"},
        refusal{"a_large_chunk_extension", chunked + "1;a=" + std::string(1060, 'x') + "\r\nz\r\n0\r\n\r\n",
                "400 Bad Request"},
        refusal{"many_chunk_extensions", chunked + many_extensions(), "400 Bad Request"},
        refusal{"a_compressed_body",
                "POST / HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
                "415 Unsupported Media Type"},
        refusal{"many_fields", many_fields(), "431 Request Header Fields Too Large"},
        refusal{"large_body_by_its_length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n",
                "413 Content Too Large"},
        refusal{"large_body_that_awaits_a_continue",
                "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 101\r\n\r\n",
                "413 Content Too Large"},
        refusal{"large_chunk", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n",
                "413 Content Too Large"},
        refusal{"chunks_that_sum_up",
                "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3c\r\n" + std::string(60, 'a') +
                    "\r\n3c\r\n",
                "413 Content Too Large"}),
    [](const testing::TestParamInfo<refusal>& one) { return one.param.what; });

TEST(http_limits, what_is_just_within_is_served) {
  running_server server(ok, {.header_bytes_max = 1024, .body_bytes_max = 100});
  wire client(server.port());
  std::string const start = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\nX: ";
  client.send(start + std::string(1024 - start.size() - 4, 'x') + "\r\n\r\n" + std::string(100, 'b'));
  EXPECT_EQ(body_of(client.read_response()), "100");
}

TEST(http_limits, trailers_and_extensions_just_within_what_headers_may_have_are_served) {
  running_server server(ok, {.header_bytes_max = 1024, .body_bytes_max = 100});
  wire client(server.port());
  for (auto const& body : {"2;a=" + std::string(1000, 'x') + "\r\n{}\r\n0\r\n\r\n",
                           "2\r\n{}\r\n0\r\nX: " + std::string(1000, 'x') + "\r\n\r\n"}) {
    client.send(chunked + body);
    EXPECT_EQ(status_line(client.read_response()), "HTTP/1.1 200 OK");
  }
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(status_line(client.read_response()), "HTTP/1.1 200 OK");
}

TEST(http_limits, a_client_that_uploads_too_much_still_reads_why) {
  running_server server(ok, {.body_bytes_max = 1000});
  wire client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
  client.send(std::string(1'000'000, 'b'));
  EXPECT_EQ(status_line(client.read_to_end()), "HTTP/1.1 413 Content Too Large");
}

TEST(http_limits, a_header_that_trickles_in_gets_408) {
  running_server server(ok, {.request_ms_max = 50});
  wire client(server.port());
  client.send("GET / HTTP/1.1\r\nHo");
  EXPECT_EQ(status_line(client.read_to_end()), "HTTP/1.1 408 Request Timeout");
}

TEST(http_limits, a_body_that_trickles_in_gets_408_however_busy_it_looks) {
  running_server server(ok, {.request_ms_max = 80});
  wire client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
  int left = 99'999;  // the last byte never comes, however fast the others are
  while (server.server().counts().refused == 0 && left > 0 && client.send("x")) --left;
  EXPECT_EQ(status_line(client.read_to_end()), "HTTP/1.1 408 Request Timeout");
}

/// Takes a body in pieces and drops it; says so at its end.
class dropping_intake final : public http::intake {
 public:
  dropping_intake(http::reply answer, bool pauses) : answer_(std::move(answer)), pauses_(pauses) {}
  bool take(std::string_view /*piece*/) override { return !pauses_; }
  void end() override { answer_({.body = "dropped"}); }
  void go_on() { answer_.read_on(); }

 private:
  http::reply answer_;
  bool pauses_;
};

/// A server that drops all bodies in pieces, of which so many bytes must come within each `request_ms_max`.
class dropping_server {
 public:
  dropping_server(std::size_t pieces_bytes_min, std::int64_t request_ms_max, bool pauses = false)
      : pauses_(pauses),
        server(ok, {.request_ms_max = request_ms_max, .pieces_bytes_min = pieces_bytes_min}, bodies()) {}
  ~dropping_server() {
    server.reactor().on_thread([this] { taking_.reset(); });
  }
  dropping_server(const dropping_server&) = delete;
  dropping_server& operator=(const dropping_server&) = delete;

  void go_on() {
    server.reactor().on_thread([this] {
      if (taking_) taking_->go_on();
    });
  }
  bool refused() { return server.server().counts().refused > 0; }

 private:
  http::piecewise bodies() {
    return {[](std::string_view, std::string_view) { return std::size_t{1} << 30U; },
            [this](const http::request&, http::reply answer) {
              return taking_ = std::make_shared<dropping_intake>(std::move(answer), pauses_);
            }};
  }

  bool pauses_;
  std::shared_ptr<dropping_intake> taking_;  // the reactor's

 public:
  running_server server;
};

const std::string chunk = "1\r\nx\r\n";

TEST(http_limits, a_body_in_pieces_that_trickles_in_gets_408_however_often_a_piece_comes) {
  for (bool pauses : {false, true}) {
    dropping_server at(std::size_t{1} << 30U, 80, pauses);
    wire client(at.server.port());
    client.send(chunked);
    while (!at.refused() && client.send(chunk)) at.go_on();
    auto const answer = client.read_to_end();
    EXPECT_EQ(status_line(answer), "HTTP/1.1 408 Request Timeout");
    EXPECT_THAT(answer, HasSubstr("with less than 1073741824 bytes in 80 ms: collect it first"));
  }
}

TEST(http_limits, a_body_in_pieces_may_take_longer_than_a_request_as_long_as_it_comes_on) {
  dropping_server at(1, 1'000);
  wire client(at.server.port());
  client.send(chunked + chunk);
  wire other(at.server.port());
  other.send("GET / HTTP/1.1\r\nHo");
  while (!at.refused() && client.send(chunk)) continue;
  EXPECT_EQ(status_line(other.read_to_end()), "HTTP/1.1 408 Request Timeout") << "a request's time has passed";
  client.send("0\r\n\r\n");
  EXPECT_EQ(body_of(client.read_response()), "dropped");
}

TEST(http_limits, an_idle_connection_is_closed_without_a_word) {
  running_server server(ok, {.idle_ms_max = 50});
  wire silent(server.port());
  wire served(server.port());
  served.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  served.read_response();
  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_EQ(served.read_to_end(), "");
}

TEST(http_limits, a_client_that_does_not_read_its_answer_is_closed) {
  running_server server(
      [](const http::request&, http::reply answer) { answer({.body = std::string(64U << 20U, 'x')}); },
      {.write_ms_max = 50});
  wire client(server.port());
  client.shrink_receive_buffer();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (server.server().counts().requests == 0 || server.server().counts().open > 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
  EXPECT_LT(client.read_to_end().size(), 64U << 20U);
}

/// Answers 64 MiB to /much, which no kernel takes at once, and as many bytes as are small to all else.
void much(const http::request& got, http::reply answer) {
  answer({.body = std::string(got.target == "/much" ? 64U << 20U : http::answer_bytes_small, 'x')});
}

std::string asking(const std::string& method, const std::string& target) {
  return method + " " + target + " HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
}

TEST(http_limits, while_as_much_is_unread_as_may_be_large_answers_are_503_and_small_ones_are_given) {
  running_server server(much, {.unread_bytes_max = 1U << 20U});
  wire slow(server.port());
  slow.shrink_receive_buffer();
  slow.send(asking("GET", "/much"));
  slow.read_until("\r\n\r\n");  // the rest is written by turns
  wire client(server.port());
  client.send(asking("GET", "/much"));
  auto const refused = client.read_response();
  EXPECT_EQ(status_line(refused), "HTTP/1.1 503 Service Unavailable");
  EXPECT_THAT(refused, HasSubstr("\r\nRetry-After: 1\r\n"));
  EXPECT_THAT(refused, HasSubstr("urn:sagad:problem:overloaded"));
  client.send(asking("POST", "/much"));
  EXPECT_THAT(client.read_response(), HasSubstr("urn:sagad:problem:durability-unknown"))
      << "it may have done something";
  client.send(asking("HEAD", "/much"));
  EXPECT_EQ(status_line(client.read_response(true)), "HTTP/1.1 200 OK");
  client.send(asking("GET", "/little"));
  EXPECT_EQ(body_of(client.read_response()).size(), http::answer_bytes_small);
  EXPECT_EQ(server.server().counts().refused, 2U);
}

TEST(http_limits, what_was_read_and_what_was_given_up_is_unread_no_more) {
  running_server server(much, {.unread_bytes_max = 1U << 20U});
  wire client(server.port());
  for (int times = 0; times < 2; ++times) {
    client.send(asking("GET", "/much"));
    EXPECT_EQ(body_of(client.read_response()).size(), 64U << 20U);
  }
  wire slow(server.port());
  slow.shrink_receive_buffer();
  slow.send(asking("GET", "/much"));
  slow.read_until("\r\n\r\n");
  slow.reset();
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (server.server().counts().open > 1) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
  client.send(asking("GET", "/much"));
  EXPECT_EQ(body_of(client.read_response()).size(), 64U << 20U);
}

TEST(http_limits, one_connection_too_many_gets_503) {
  running_server server(ok, {.connections_max = 2});
  wire first(server.port());
  wire second(server.port());
  for (auto* const one : {&first, &second}) {
    one->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(body_of(one->read_response()), "0");
  }
  wire third(server.port());
  auto const refused = third.read_to_end();
  EXPECT_EQ(status_line(refused), "HTTP/1.1 503 Service Unavailable");
  EXPECT_NE(refused.find("\r\nRetry-After: 1\r\n"), std::string::npos) << refused;
}

/// No further descriptor can be had in its scope.
class no_descriptors {
 public:
  no_descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit const none{1, before_.rlim_max};  // standard input is there, and poll() wants as many as it is given
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~no_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  no_descriptors(const no_descriptors&) = delete;
  no_descriptors& operator=(const no_descriptors&) = delete;

 private:
  rlimit before_{};
};

TEST(http_limits, without_descriptors_those_that_are_open_are_served_and_others_wait) {
  running_server server(ok);
  wire open(server.port());
  open.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(body_of(open.read_response()), "0");
  std::optional<no_descriptors> scarce;
  wire waiting(server.port(), [&] { scarce.emplace(); });
  waiting.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  for (int request = 0; request < 50; ++request) {  // the listener's turns pass, too
    open.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(body_of(open.read_response()), "0");
  }
  EXPECT_EQ(server.server().counts().accepted, 1U);
  scarce.reset();
  EXPECT_EQ(body_of(waiting.read_response()), "0");
}

TEST(http_limits, a_slow_handler_is_not_a_slow_client) {
  std::optional<http::reply> kept;
  // So long that the client has asked before it is idle, however slow the machine is.
  running_server server([&](const http::request&, http::reply answer) { kept = std::move(answer); },
                        {.request_ms_max = 20, .idle_ms_max = 1'000});
  wire client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  wire other(server.port());
  EXPECT_EQ(other.read_to_end(), "");  // the idle limit has passed
  server.reactor().on_thread([&] { (*kept)({.body = "late"}); });
  EXPECT_EQ(body_of(client.read_response()), "late");
  server.reactor().on_thread([&] { kept.reset(); });
}

}  // namespace
}  // namespace sagad::test

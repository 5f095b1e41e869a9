#include <gmock/gmock.h>

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>

#include "running_server.hpp"
#include "telemetry/log.hpp"
#include "wire.hpp"

namespace sagad::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

void echo(const http::request& got, http::reply answer) {
  answer({.body = std::string(got.method) + " " + std::string(got.target) + " " + std::string(got.body)});
}

/// Keeps the replies, to be used later.
struct keeper {
  std::mutex guard;
  std::condition_variable changed;
  std::vector<http::reply> kept;

  http::handler handler() {
    return [this](const http::request&, http::reply answer) {
      std::lock_guard const lock(guard);
      kept.push_back(std::move(answer));
      changed.notify_all();
    };
  }
  void await(std::size_t count) {
    std::unique_lock lock(guard);
    ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return kept.size() >= count; }));
  }
};

TEST(http_server, answers_a_request_with_its_body) {
  running_server server(echo);
  wire client(server.port());
  client.send("POST /v1/things?x=1 HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\nhello");
  auto const answer = client.read_response();
  EXPECT_EQ(status_line(answer), "HTTP/1.1 200 OK");
  EXPECT_THAT(answer, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(answer, HasSubstr("Date: "));
  EXPECT_EQ(body_of(answer), "POST /v1/things?x=1 hello");
}

TEST(http_server, keeps_the_connection_for_the_next_request) {
  running_server server(echo);
  wire client(server.port());
  for (int i = 0; i < 3; ++i) {
    client.send("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: here\r\n\r\n");
    EXPECT_EQ(body_of(client.read_response()), "GET /" + std::to_string(i) + " ");
  }
  EXPECT_EQ(server.server().counts().accepted, 1U);
  EXPECT_EQ(server.server().counts().requests, 3U);
}

TEST(http_server, finds_headers_whatever_their_case) {
  running_server server([](const http::request& got, http::reply answer) {
    answer({.body = std::string(got.find("idempotency-KEY")) + (got.has_header("x-none") ? "!" : ".") +
                    (got.has_header("X-Empty") ? "!" : ".")});
  });
  wire client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: here\r\nIdempotency-Key:  k1 \r\nX-Empty:\r\n\r\n");
  EXPECT_EQ(body_of(client.read_response()), "k1.!");
}

TEST(http_server, answers_pipelined_requests_in_order) {
  keeper held;
  running_server server([&](const http::request& got, http::reply answer) {
    if (got.target == "/held") return held.handler()(got, std::move(answer));
    echo(got, std::move(answer));
  });
  wire client(server.port());
  client.send(
      "GET /held HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\nPOST /c HTTP/1.1\r\nHost: "
      "h\r\nContent-Length: 2\r\n\r\nok");
  held.await(1);
  server.reactor().on_thread([&] { held.kept[0]({.body = "first"}); });
  EXPECT_EQ(body_of(client.read_response()), "first");
  EXPECT_EQ(body_of(client.read_response()), "GET /b ");
  EXPECT_EQ(body_of(client.read_response()), "POST /c ok");
}

TEST(http_server, takes_a_request_that_comes_byte_by_byte) {
  running_server server(echo);
  wire client(server.port());
  for (char const c : std::string_view("POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc")) {
    client.send({&c, 1});
  }
  EXPECT_EQ(body_of(client.read_response()), "POST /slow abc");
}

TEST(http_server, decodes_a_chunked_request) {
  running_server server(echo);
  wire client(server.port());
  client.send("POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  client.send("A;name=value\r\n0123456789\r\n0\r\nX-Trailer: dropped\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(body_of(client.read_response()), "POST /c abc0123456789");
  EXPECT_EQ(body_of(client.read_response()), "GET /next ");
}

TEST(http_server, says_continue_to_who_asks_for_it) {
  running_server server(echo);
  wire client(server.port());
  client.send("POST /e HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_EQ(body_of(client.read_response()), "POST /e ok");
}

TEST(http_server, answers_head_without_the_body) {
  running_server server(echo);
  wire client(server.port());
  client.send("HEAD /h HTTP/1.1\r\nHost: h\r\n\r\n");
  auto const answer = client.read_response(true);
  EXPECT_THAT(answer, HasSubstr("Content-Length: 8\r\n"));
  client.send("GET /h HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read_response(), EndsWith("\r\n\r\nGET /h "));
}

TEST(http_server, answers_head_of_a_stream_with_its_head_alone) {
  running_server server([](const http::request&, http::reply answer) {
    auto stream = answer.stream({.content_type = "text/event-stream", .body = "first"});
    stream.write("second");
  });
  wire client(server.port());
  for (int time = 0; time < 2; ++time) {  // the connection goes on
    client.send("HEAD /h HTTP/1.1\r\nHost: h\r\n\r\n");
    auto const answer = client.read_until("\r\n\r\n");
    EXPECT_EQ(status_line(answer), "HTTP/1.1 200 OK");
    EXPECT_THAT(answer, HasSubstr("Content-Type: text/event-stream\r\n"));
  }
}

TEST(http_server, a_204_has_neither_length_nor_body) {
  running_server server([](const http::request&, http::reply answer) { answer({.status = 204}); });
  wire client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  auto const answer = client.read_to_end();
  EXPECT_EQ(status_line(answer), "HTTP/1.1 204 No Content");
  EXPECT_THAT(answer, Not(HasSubstr("Content-")));
  EXPECT_EQ(body_of(answer), "");
}

TEST(http_server, closes_after_the_answer_when_asked_to) {
  running_server server(echo);
  wire client(server.port());
  client.send("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  auto const answer = client.read_to_end();
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_EQ(body_of(answer), "GET /a ");
}

TEST(http_server, speaks_http_1_0) {
  running_server server(echo);
  wire once(server.port());
  once.send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_EQ(body_of(once.read_to_end()), "GET /a ");
  wire kept(server.port());
  kept.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(kept.read_response(), HasSubstr("Connection: keep-alive\r\n"));
  kept.send("GET /b HTTP/1.0\r\n\r\n");
  EXPECT_EQ(body_of(kept.read_to_end()), "GET /b ");
}

TEST(http_server, answers_a_client_that_has_shut_its_side) {
  running_server server(echo);
  wire client(server.port());
  client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n");
  client.shut();
  EXPECT_EQ(body_of(client.read_response()), "GET /a ");
  EXPECT_EQ(body_of(client.read_response()), "GET /b ");
  EXPECT_TRUE(client.closed_by_peer());
}

TEST(http_server, a_late_reply_is_delivered) {
  keeper held;
  running_server server(held.handler());
  wire client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  held.await(1);
  EXPECT_FALSE(server.reactor().on_thread([&] { return held.kept[0].client_gone(); }));
  server.reactor().on_thread([&] { held.kept[0]({.status = 202, .body = "later"}); });
  EXPECT_EQ(body_of(client.read_response()), "later");
}

TEST(http_server, requests_after_a_late_reply_are_read_anew) {
  keeper held;
  std::vector<std::string> seen;
  running_server server([&](const http::request& got, http::reply answer) {
    seen.push_back(std::string(got.target) + std::string(got.body));
    held.handler()(got, std::move(answer));
  });
  wire client(server.port());
  auto const answer_next = [&] {
    held.await(1);
    server.reactor().on_thread([&] {
      held.kept[0]({});
      held.kept.clear();
    });
    client.read_response();
  };
  for (auto const* const target : {"/1", "/2", "/3"}) {
    client.send("GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    answer_next();
  }
  client.send("POST /4 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  client.send("POST /5 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nde");
  answer_next();
  client.send("f\r\n0\r\n\r\n");
  answer_next();
  EXPECT_THAT(seen, testing::ElementsAre("/1", "/2", "/3", "/4abc", "/5def"));
}

TEST(http_server, a_reply_dropped_unused_answers_500) {
  running_server server([](const http::request&, http::reply) {});
  wire client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  auto const answer = client.read_response();
  EXPECT_EQ(status_line(answer), "HTTP/1.1 500 Internal Server Error");
  EXPECT_THAT(answer, HasSubstr("application/problem+json"));
}

TEST(http_server, a_reply_dropped_while_the_server_drains_answers_503) {
  keeper held;
  running_server server(held.handler());
  wire client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  held.await(1);
  server.drain();
  server.reactor().on_thread([&] { held.kept.clear(); });
  auto const answer = client.read_to_end();
  EXPECT_EQ(status_line(answer), "HTTP/1.1 503 Service Unavailable");
  EXPECT_THAT(answer, HasSubstr("urn:sagad:problem:durability-unknown"));
  EXPECT_THAT(answer, HasSubstr("Retry-After: 1\r\n"));
}

TEST(http_server, a_handler_that_throws_answers_500_and_the_server_goes_on) {
  running_server server([](const http::request& got, http::reply answer) {
    if (got.target == "/throw") throw std::runtime_error("a fault");
    echo(got, std::move(answer));
  });
  wire client(server.port());
  client.send("GET /throw HTTP/1.1\r\nHost: h\r\n\r\nGET /ok HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(status_line(client.read_response()), "HTTP/1.1 500 Internal Server Error");
  EXPECT_EQ(body_of(client.read_response()), "GET /ok ");
  EXPECT_EQ(server.server().counts().faults, 1U);
}

TEST(http_server, a_handler_that_throws_is_told_to_the_log_once_a_second_at_most) {
  running_server server([](const http::request&, http::reply) { throw std::runtime_error("a fault of ours"); });
  testing::internal::CaptureStderr();
  wire client(server.port());
  for (int request = 0; request < 20; ++request) {
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    client.read_response();
  }
  server.reactor().on_thread([] {});  // the last fault is counted after its answer was sent
  log::flush();
  auto const told = testing::internal::GetCapturedStderr();
  EXPECT_EQ(server.server().counts().faults, 20U);
  auto const first = told.find("a fault of ours");
  EXPECT_NE(first, std::string::npos) << told;
  EXPECT_LT(std::count(told.begin(), told.end(), '\n'), 20) << told;
}

/// A server that holds the reply to a client who has gone.
struct abandoned_reply {
  abandoned_reply() {
    wire client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    held.await(1);
    client.reset();
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!server.reactor().on_thread([&] { return held.kept[0].client_gone(); })) {
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the client is not seen to have gone");
    }
  }

  keeper held;
  running_server server{held.handler()};
};

TEST(http_server, a_reply_used_after_the_client_reset_does_nothing) {
  abandoned_reply to;
  to.server.reactor().on_thread([&] { to.held.kept[0]({.body = "to nobody"}); });
  EXPECT_EQ(to.server.server().counts().open, 0U);
}

TEST(http_server, a_reply_dropped_after_the_client_reset_does_nothing) {
  abandoned_reply to;
  to.server.reactor().on_thread([&] { to.held.kept.clear(); });
  EXPECT_EQ(to.server.server().counts().open, 0U);
}

TEST(http_server, a_reply_may_outlive_the_server) {
  keeper held;
  {
    running_server server(held.handler());
    wire client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    held.await(1);
  }
  EXPECT_TRUE(held.kept[0].client_gone());
  held.kept[0]({.body = "to nobody"});
}

TEST(http_server, drain_closes_idle_connections_and_busy_ones_after_their_answer) {
  keeper held;
  running_server server([&](const http::request& got, http::reply answer) {
    if (got.target == "/held") return held.handler()(got, std::move(answer));
    echo(got, std::move(answer));
  });
  wire idle(server.port());
  idle.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  idle.read_response();
  wire busy(server.port());
  busy.send("GET /held HTTP/1.1\r\nHost: h\r\n\r\n");
  held.await(1);
  server.drain();
  EXPECT_TRUE(idle.closed_by_peer());
  server.reactor().on_thread([&] { held.kept[0]({.body = "done"}); });
  auto const answer = busy.read_to_end();
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_EQ(body_of(answer), "done");
}

/// Answers each request with a stream that the test goes on with.
struct stream_keeper {
  std::mutex guard;
  std::condition_variable changed;
  std::vector<http::stream> kept;

  http::handler handler() {
    return [this](const http::request&, http::reply answer) {
      std::lock_guard const lock(guard);
      kept.push_back(answer.stream({.content_type = "text/event-stream", .body = "first"}));
      changed.notify_all();
    };
  }
  void await() {
    std::unique_lock lock(guard);
    ASSERT_TRUE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return !kept.empty(); }));
  }
};

TEST(http_stream, goes_on_in_chunks_and_leaves_the_connection_open) {
  stream_keeper streams;
  running_server server(streams.handler());
  wire client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read_until("\r\n\r\n"), HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_EQ(client.read_until("first\r\n"), "5\r\nfirst\r\n");
  streams.await();
  EXPECT_TRUE(server.reactor().on_thread([&] { return streams.kept[0].write("0123456789abcdef"); }));
  EXPECT_EQ(client.read_until("cdef\r\n"), "10\r\n0123456789abcdef\r\n");
  server.reactor().on_thread([&] { streams.kept.clear(); });
  EXPECT_EQ(client.read_until("0\r\n\r\n"), "0\r\n\r\n");
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(status_line(client.read_until("\r\n\r\n")), "HTTP/1.1 200 OK");
  server.reactor().on_thread([&] { streams.kept.clear(); });
}

TEST(http_stream, ends_with_the_connection_for_http_1_0) {
  stream_keeper streams;
  running_server server(streams.handler());
  wire client(server.port());
  client.send("GET / HTTP/1.0\r\n\r\n");
  client.read_until("first");
  streams.await();
  server.reactor().on_thread([&] {
    streams.kept[0].write(" last");
    streams.kept.clear();
  });
  EXPECT_EQ(client.read_to_end(), " last");
}

TEST(http_stream, learns_that_the_client_has_gone) {
  stream_keeper streams;
  running_server server(streams.handler());
  {
    wire client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    client.read_until("first");
    streams.await();
  }
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!server.reactor().on_thread([&] { return streams.kept[0].client_gone(); })) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }
  EXPECT_FALSE(server.reactor().on_thread([&] { return streams.kept[0].write("x"); }));
}

TEST(http_stream, closes_a_client_that_lets_too_much_wait) {
  stream_keeper streams;
  running_server server(streams.handler(), {.stream_bytes_max = 100'000});
  wire client(server.port());
  client.shrink_receive_buffer();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  streams.await();
  std::string const piece(50'000, 'x');
  int written = 0;
  while (server.reactor().on_thread([&] { return streams.kept[0].write(piece); })) ASSERT_LT(++written, 1'000);
  EXPECT_EQ(server.server().counts().open, 0U);
}

TEST(http_stream, tells_when_what_was_written_is_on_its_way) {
  stream_keeper streams;
  running_server server(streams.handler());
  wire client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  streams.await();
  std::promise<bool> told;
  bool within = true;
  server.reactor().on_thread([&] {
    streams.kept[0].write("more");
    streams.kept[0].when_written([&] { told.set_value(within); });
    within = false;
  });
  auto at_last = told.get_future();
  ASSERT_EQ(at_last.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_FALSE(at_last.get()) << "it is told from the loop, never from within";
  server.reactor().on_thread([&] { streams.kept.clear(); });
}

TEST(http_stream, holds_back_who_writes_until_a_slow_client_has_read) {
  stream_keeper streams;
  running_server server(streams.handler(), {.stream_bytes_max = 64U << 20U});
  wire client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  streams.await();
  std::string const piece(32U << 20U, 'x');  // more than the kernel takes
  std::promise<void> told;
  auto at_last = told.get_future();
  server.reactor().on_thread([&] {
    streams.kept[0].write(piece);
    streams.kept[0].when_written([&] { told.set_value(); });
  });
  server.reactor().on_thread([] {});
  EXPECT_NE(at_last.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  server.reactor().on_thread([&] { streams.kept.clear(); });
  EXPECT_GT(client.read_until("0\r\n\r\n").size(), piece.size());
}

TEST(http_stream, a_client_that_does_not_read_in_time_is_closed_and_counted) {
  stream_keeper streams;
  running_server server(streams.handler(), {.write_ms_max = 50, .stream_bytes_max = 64U << 20U});
  wire client(server.port());
  client.shrink_receive_buffer();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  streams.await();
  auto const last = std::make_shared<int>();
  server.reactor().on_thread([&] {
    streams.kept[0].write(std::string(16U << 20U, 'x'));
    streams.kept[0].when_written([last] {});
  });
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (server.server().counts().slow == 0) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  server.reactor().on_thread([] {});
  EXPECT_EQ(last.use_count(), 1) << "who waited for it is let go";
  EXPECT_TRUE(server.reactor().on_thread([&] { return streams.kept[0].client_gone(); }));
}

TEST(http_stream, drain_ends_it) {
  stream_keeper streams;
  running_server server(streams.handler());
  wire client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  streams.await();
  server.drain();
  EXPECT_THAT(client.read_to_end(), EndsWith("0\r\n\r\n"));
}

TEST(http_server, a_large_answer_arrives_whole) {
  std::string const large(8U << 20U, 'x');
  running_server server([&](const http::request&, http::reply answer) { answer({.body = large}); });
  wire client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(body_of(client.read_response()), large);
}

TEST(http_listener, deals_connections_to_the_reactor_with_the_fewest) {
  running_reactor first;
  running_reactor second;
  auto const handle = [](const http::request& got, http::reply answer) { echo(got, std::move(answer)); };
  std::optional<http::server> one(std::in_place, first.context(), http::server_limits{}, handle);
  std::optional<http::server> two(std::in_place, second.context(), http::server_limits{}, handle);
  std::optional<http::listener> door(
      std::in_place, first.context(), "127.0.0.1:0",
      std::vector<http::listener::target>{{&first.context(), &*one}, {&second.context(), &*two}});
  {
    std::vector<std::unique_ptr<wire>> clients;
    for (int i = 0; i < 8; ++i) {
      clients.push_back(std::make_unique<wire>(door->port()));
      clients.back()->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      clients.back()->read_response();
    }
    EXPECT_EQ(one->counts().open, 4U);
    EXPECT_EQ(two->counts().open, 4U);
  }
  first.on_thread([&] { door.reset(); });
  first.on_thread([&] { one.reset(); });
  second.on_thread([&] { two.reset(); });
}

TEST(http_listener, names_the_address_that_cannot_be_bound) {
  running_reactor reactor;
  for (auto const* const address : {"127.0.0.1", "nowhere:1", "127.0.0.1:99999", "127.0.0.1:x", "203.0.113.1:80"}) {
    try {
      http::listener const door(reactor.context(), address, {});
      ADD_FAILURE() << address;
    } catch (const std::system_error& refused) {
      EXPECT_THAT(refused.what(), HasSubstr(address));
    }
  }
}

}  // namespace
}  // namespace sagad::test

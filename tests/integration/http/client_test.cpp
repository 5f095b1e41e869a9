#include "http/client.hpp"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <map>
#include <mutex>

#include "running_server.hpp"
#include "scripted_peer.hpp"

namespace sagad::test {
namespace {

using http::exchange_end;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct exchange_result {
  exchange_end how;
  int status;
  std::string body;
  std::string detail;
  std::string location;
};

/// A client on its own reactor; collects how its exchanges ended.
class test_client final : public http::exchange_sink {
 public:
  explicit test_client(const std::string& url, http::client_limits limits = {}) {
    auto to = http::parse_endpoint(url);
    reactor_.on_thread(
        [&] { client_.emplace(reactor_.context(), std::get<http::endpoint_address>(std::move(to)), limits, *this); });
  }
  ~test_client() {
    reactor_.on_thread([&] { client_.reset(); });
  }

  void begin(std::uint64_t tag, http::outgoing what = {.target = "/v1/x", .body = "{}"}) {
    reactor_.on_thread([&] { client_->begin(tag, what); });
  }
  exchange_result await(std::uint64_t tag) {
    std::unique_lock lock(guard_);
    if (!changed_.wait_for(lock, std::chrono::seconds(20), [&] { return ended_.contains(tag); })) {
      throw std::runtime_error("no end");
    }
    return ended_.at(tag);
  }
  exchange_result ask(std::uint64_t tag, http::outgoing what = {.target = "/v1/x", .body = "{}"}) {
    begin(tag, what);
    return await(tag);
  }
  bool withdraw(std::uint64_t tag) {
    return reactor_.on_thread([&] { return client_->withdraw(tag); });
  }
  bool opened(std::uint64_t tag) {
    return reactor_.on_thread([&] { return client_->opened_at(tag).has_value(); });
  }
  http::client_counts counts() {
    return reactor_.on_thread([&] { return client_->counts(); });
  }
  template <class F>
  void post(F what) {
    boost::asio::post(reactor_.context(), std::move(what));
  }
  std::size_t ends() {
    std::lock_guard const lock(guard_);
    return ended_.size();
  }
  /// Begun from within the end of another.
  std::function<void(http::client&, std::uint64_t)> then;

 private:
  void ended(const http::incoming& what) override {
    if (then) then(*client_, what.tag);
    std::lock_guard const lock(guard_);
    ended_[what.tag] = {what.how, what.status, std::string(what.body), std::string(what.detail),
                        std::string(what.find("location"))};
    changed_.notify_all();
  }

  std::mutex guard_;
  std::condition_variable changed_;
  std::map<std::uint64_t, exchange_result> ended_;
  running_reactor reactor_;
  std::optional<http::client> client_;
};

void play(peer_connection& with, std::string_view answer) {
  with.read_request();
  with.send(answer);
  with.await_close();
}

TEST(http_client, sends_a_request_and_reads_the_answer) {
  std::string seen;
  scripted_peer peer([&](peer_connection& with, int) {
    seen = with.read_request();
    with.answer(R"({"a":1})", "Location: /else\r\n");
  });
  test_client client(peer.url());
  auto const got =
      client.ask(1, {.target = "/v1/x?y", .headers = "A: b\r\n", .more_headers = "C: d\r\n", .body = "{}"});
  EXPECT_EQ(got.how, exchange_end::answered);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, R"({"a":1})");
  EXPECT_EQ(got.location, "/else");
  EXPECT_EQ(seen, "POST /v1/x?y HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(peer.port()) +
                      "\r\nA: b\r\nC: d\r\nContent-Length: 2\r\n\r\n{}");
}

TEST(http_client, keeps_the_connection_and_uses_it_again) {
  running_server server([](const http::request& got, http::reply answer) { answer({.body = std::string(got.body)}); });
  test_client client(server.url());
  for (std::uint64_t i = 0; i < 10; ++i) {
    auto const body = std::to_string(i);
    EXPECT_EQ(client.ask(i, {.target = "/", .body = body}).body, body);
  }
  EXPECT_EQ(client.counts().connected, 1U);
  EXPECT_EQ(client.counts().reused, 9U);
}

TEST(http_client, an_exchange_begun_by_the_end_of_another_uses_its_connection) {
  running_server server([](const http::request& got, http::reply answer) { answer({.body = std::string(got.body)}); });
  test_client client(server.url());
  client.then = [](http::client& with, std::uint64_t tag) {
    if (tag < 5) with.begin(tag + 1, {.target = "/", .body = "chain"});
  };
  client.begin(1, {.target = "/", .body = "first"});
  EXPECT_EQ(client.await(1).body, "first");
  EXPECT_EQ(client.await(5).body, "chain");
  EXPECT_EQ(client.counts().connected, 1U);
}

TEST(http_client, opens_a_connection_for_each_exchange_at_once) {
  std::vector<http::reply> held;
  running_server server([&](const http::request&, http::reply answer) {
    held.push_back(std::move(answer));
    if (held.size() == 4) {
      for (auto& one : held) one({.body = "all"});
      held.clear();
    }
  });
  test_client client(server.url());
  for (std::uint64_t i = 0; i < 4; ++i) client.begin(i);
  for (std::uint64_t i = 0; i < 4; ++i) EXPECT_EQ(client.await(i).body, "all");
  EXPECT_EQ(client.counts().connected, 4U);
  EXPECT_EQ(client.counts().idle, 4U);
}

TEST(http_client, reads_a_chunked_answer_and_keeps_the_connection) {
  running_server server([](const http::request&, http::reply answer) { answer({}); });
  scripted_peer peer([&](peer_connection& with, int) {
    with.read_request();
    with.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
    with.read_request();
    with.answer("second");
  });
  test_client client(peer.url());
  EXPECT_EQ(client.ask(1).body, "{}");
  EXPECT_EQ(client.ask(2).body, "second");
  EXPECT_EQ(client.counts().connected, 1U);
}

TEST(http_client, reads_a_body_that_ends_with_the_connection) {
  scripted_peer peer([&](peer_connection& with, int) {
    with.read_request();
    with.send("HTTP/1.1 200 OK\r\n\r\nall of it");
  });
  test_client client(peer.url());
  auto const got = client.ask(1);
  EXPECT_EQ(got.how, exchange_end::answered);
  EXPECT_EQ(got.body, "all of it");
}

TEST(http_client, passes_over_interim_responses) {
  scripted_peer peer([&](peer_connection& with, int) {
    play(with, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
  });
  test_client client(peer.url());
  EXPECT_EQ(client.ask(1).status, 204);
}

TEST(http_client, does_not_follow_a_redirect) {
  scripted_peer peer([&](peer_connection& with, int) {
    play(with, "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n");
  });
  test_client client(peer.url());
  EXPECT_EQ(client.ask(1).status, 307);
  EXPECT_EQ(peer.accepted(), 1);
}

TEST(http_client, a_refused_connection_is_not_sent_and_says_by_whom) {
  refusing_port nobody;
  test_client client(nobody.url());
  auto const got = client.ask(1);
  EXPECT_EQ(got.how, exchange_end::not_sent);
  EXPECT_THAT(got.detail, AllOf(HasSubstr(std::to_string(nobody.port())), HasSubstr("refused")));
}

TEST(http_client, an_unknown_name_is_not_sent) {
  test_client client("http://no-such-host.invalid:80", {.connect_ms_max = 15'000});
  EXPECT_EQ(client.ask(1).how, exchange_end::not_sent);
}

TEST(http_client, resolves_a_name) {
  running_server server([](const http::request&, http::reply answer) { answer({.body = "here"}); });
  test_client client("http://localhost:" + std::to_string(server.port()));
  EXPECT_EQ(client.ask(1).body, "here");
}

/// Its name has two addresses, and at the first one nobody says a word.
class half_silent_host {
 public:
  half_silent_host() : silent_(listening_at(first_address, peer_.port())), waits_(::socket(AF_INET, SOCK_STREAM, 0)) {
    auto const at = address_of(first_address, peer_.port());
    // The queue is full then, and whoever comes is not even refused.
    if (::connect(waits_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) throw std::runtime_error("no queue");
  }
  ~half_silent_host() {
    ::close(waits_);
    ::close(silent_);
  }
  half_silent_host(const half_silent_host&) = delete;
  half_silent_host& operator=(const half_silent_host&) = delete;

  std::string url() const { return std::string("http://") + name + ":" + std::to_string(peer_.port()); }

  /// Now it takes a connection, and still says nothing.
  void has_room_at_the_first() { ::close(::accept(silent_, nullptr, nullptr)); }

  static constexpr const char* name = "two-addresses.test";
  static constexpr const char* first_address = "127.0.0.2";
  static constexpr const char* second_address = "127.0.0.1";

 private:
  static sockaddr_in address_of(const char* address, std::uint16_t port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    ::inet_pton(AF_INET, address, &at.sin_addr);
    return at;
  }
  static int listening_at(const char* address, std::uint16_t port) {
    int const socket = ::socket(AF_INET, SOCK_STREAM, 0);
    auto const at = address_of(address, port);
    if (::bind(socket, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || ::listen(socket, 0) != 0) {
      throw std::runtime_error("no silent address");
    }
    return socket;
  }

  scripted_peer peer_{[](peer_connection& with, int) {
    with.read_request();
    with.answer("{}");
  }};
  int silent_;
  int waits_;
};

TEST(http_client, an_address_that_says_nothing_leaves_time_for_the_next) {
  half_silent_host host;
  test_client client(host.url());
  auto const got = client.ask(1);
  EXPECT_EQ(got.how, exchange_end::answered) << got.detail;
  EXPECT_EQ(client.counts().connected, 1U);
  host.has_room_at_the_first();
  EXPECT_EQ(client.ask(2).how, exchange_end::answered) << "who took a connection is asked first";
}

struct bad_answer {
  const char* what;
  std::string bytes;
  exchange_end how;
};
class http_client_meets : public testing::TestWithParam<bad_answer> {};

TEST_P(http_client_meets, and_says_so) {
  scripted_peer peer([&](peer_connection& with, int) {
    with.read_request();
    with.send(GetParam().bytes);
  });
  test_client client(peer.url(), {.header_bytes_max = 1024, .body_bytes_max = 1000});
  EXPECT_EQ(client.ask(1).how, GetParam().how);
  EXPECT_EQ(client.counts().open, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    all, http_client_meets,
    testing::Values(
        bad_answer{"garbage", "SSH-2.0-OpenSSH\r\n", exchange_end::malformed},
        bad_answer{"nothing", "", exchange_end::cut},
        bad_answer{"half_a_head", "HTTP/1.1 200 OK\r\nContent-", exchange_end::cut},
        bad_answer{"half_a_body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", exchange_end::cut},
        bad_answer{"half_the_chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123",
                   exchange_end::cut},
        bad_answer{"bad_chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n!\r\n", exchange_end::malformed},
        bad_answer{"other_protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
                   exchange_end::malformed},
        bad_answer{"version_2", "HTTP/2 200\r\n\r\n", exchange_end::malformed},
        bad_answer{"endless_interims",
                   [] {
                     std::string text;
                     for (int i = 0; i < 9; ++i) text += "HTTP/1.1 100 Continue\r\n\r\n";
                     return text;
                   }(),
                   exchange_end::malformed},
        bad_answer{"large_head", "HTTP/1.1 200 OK\r\nX: " + std::string(2000, 'x'), exchange_end::too_large},
        bad_answer{"large_length", "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", exchange_end::too_large},
        bad_answer{"large_chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n",
                   exchange_end::too_large},
        bad_answer{"large_to_the_end", "HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'x'), exchange_end::too_large}),
    [](const testing::TestParamInfo<bad_answer>& one) { return one.param.what; });

TEST(http_client, cuts_off_a_hundred_mebibytes_at_the_limit) {
  std::size_t sent = 0;  // the peer's, until it has ended
  {
    scripted_peer peer([&](peer_connection& with, int) {
      with.read_request();
      with.send("HTTP/1.1 200 OK\r\n\r\n");
      std::string const piece(64U << 10U, 'x');
      while (sent < (100U << 20U) && with.send(piece)) sent += piece.size();
    });
    test_client client(peer.url());
    EXPECT_EQ(client.ask(1).how, exchange_end::too_large);
  }
  EXPECT_LT(sent, 100U << 20U);
}

TEST(http_client, an_answer_that_never_comes_times_out) {
  scripted_peer peer([&](peer_connection& with, int) { play(with, "HTTP/1.1 200 OK\r\nContent-"); });
  test_client client(peer.url());
  auto const got = client.ask(1, {.target = "/", .body = "{}", .timeout_ms = 30});
  EXPECT_EQ(got.how, exchange_end::timed_out);
  EXPECT_THAT(got.detail, HasSubstr("30 ms"));
}

TEST(http_client, an_answer_that_trickles_times_out_all_the_same) {
  scripted_peer peer([&](peer_connection& with, int) {
    with.read_request();
    with.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
    while (with.send("x")) {
    }
  });
  test_client client(peer.url(), {.body_bytes_max = 1U << 30U});
  EXPECT_EQ(client.ask(1, {.target = "/", .body = "{}", .timeout_ms = 30}).how, exchange_end::timed_out);
}

TEST(http_client, a_reset_is_cut) {
  scripted_peer peer([&](peer_connection& with, int) {
    with.read_request();
    with.reset();
  });
  test_client client(peer.url());
  EXPECT_EQ(client.ask(1).how, exchange_end::cut);
}

TEST(http_client, a_stale_connection_is_replaced_before_anything_is_written) {
  scripted_peer peer([&](peer_connection& with, int) {
    with.read_request();
    with.answer("once");  // and closes without saying so
  });
  test_client client(peer.url());
  EXPECT_EQ(client.ask(1).how, exchange_end::answered);
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (client.counts().open > 0) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  EXPECT_EQ(client.ask(2).how, exchange_end::answered);
  EXPECT_EQ(peer.accepted(), 2);
}

TEST(http_client, a_request_is_not_sent_again_when_its_connection_was_cut) {
  int requests = 0;
  scripted_peer peer([&](peer_connection& with, int) {
    if (with.read_request().empty()) return;
    ++requests;
    with.answer("first");
    if (!with.read_request().empty()) ++requests;
  });
  {
    test_client client(peer.url());
    EXPECT_EQ(client.ask(1).how, exchange_end::answered);
    EXPECT_EQ(client.ask(2).how, exchange_end::cut);
  }
  EXPECT_EQ(requests, 2);
  EXPECT_EQ(peer.accepted(), 1);
}

TEST(http_client, bytes_that_nobody_asked_for_do_not_answer_the_next_request) {
  scripted_peer peer([&](peer_connection& with, int nth) {
    with.read_request();
    with.answer("right");
    if (nth == 0) with.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
    with.await_close();
  });
  test_client client(peer.url());
  EXPECT_EQ(client.ask(1).body, "right");
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (client.counts().open > 0) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  EXPECT_EQ(client.ask(2).body, "right");
}

/// Answers the first request of its first connection twice.
class answers_twice {
 public:
  answers_twice()
      : peer_([this](peer_connection& with, int nth) {
          with.read_request();
          with.answer("right");
          if (nth == 0) {
            taken_.get_future().wait_for(std::chrono::seconds(20));
            with.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
            with.await_arrival();
            arrived_.set_value();
          }
          with.await_close();
        }) {}
  std::string url() const { return peer_.url(); }
  /// Once the first answer was taken out of the socket: lets the second come, and waits until it is there.
  void await_second() {
    taken_.set_value();
    arrived_.get_future().wait_for(std::chrono::seconds(20));
  }

 private:
  std::promise<void> taken_;
  std::promise<void> arrived_;
  scripted_peer peer_;
};

TEST(http_client, a_second_answer_does_not_answer_the_exchange_that_begins_at_the_end_of_the_first) {
  answers_twice peer;
  test_client client(peer.url());
  client.then = [&](http::client& with, std::uint64_t tag) {
    if (tag != 1) return;
    peer.await_second();
    with.begin(2, {.target = "/v1/x", .body = "{}"});
  };
  client.begin(1);
  EXPECT_EQ(client.await(1).body, "right");
  EXPECT_EQ(client.await(2).body, "right");
  EXPECT_EQ(client.counts().strayed, 1U);
}

TEST(http_client, a_second_answer_does_not_answer_an_exchange_that_begins_before_the_reactor_has_seen_it) {
  answers_twice peer;
  test_client client(peer.url());
  client.then = [&](http::client& with, std::uint64_t tag) {
    if (tag != 1) return;
    client.post([&with] { with.begin(2, {.target = "/v1/x", .body = "{}"}); });
    peer.await_second();
  };
  client.begin(1);
  EXPECT_EQ(client.await(1).body, "right");
  EXPECT_EQ(client.await(2).body, "right");
  EXPECT_EQ(client.counts().strayed, 1U);
}

TEST(http_client, a_second_answer_that_comes_with_the_first_closes_the_connection) {
  scripted_peer peer([&](peer_connection& with, int) {
    with.read_request();
    with.send(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nright"
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
    with.await_close();
  });
  test_client client(peer.url());
  EXPECT_EQ(client.ask(1).body, "right");
  EXPECT_EQ(client.counts().open, 0U);
  EXPECT_EQ(client.ask(2).body, "right");
  EXPECT_EQ(client.counts().strayed, 2U);
}

TEST(http_client, idle_connections_are_closed_after_a_while_and_kept_to_a_number) {
  std::vector<http::reply> held;
  running_server server([&](const http::request&, http::reply answer) {
    held.push_back(std::move(answer));
    if (held.size() < 3) return;
    for (auto& one : held) one({});
    held.clear();
  });
  test_client client(server.url(), {.idle_ms_max = 50, .idle_connections_max = 2});
  for (std::uint64_t i = 0; i < 3; ++i) client.begin(i);
  for (std::uint64_t i = 0; i < 3; ++i) client.await(i);
  EXPECT_LE(client.counts().open, 2U);
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (client.counts().open > 0) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
}

TEST(http_client, withdraws_what_is_still_connecting_and_nothing_else) {
  scripted_peer peer([&](peer_connection& with, int) {
    with.read_request();
    with.await_close();
  });
  test_client client(peer.url());
  client.begin(1);
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!client.opened(1)) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  EXPECT_FALSE(client.withdraw(1));
  EXPECT_FALSE(client.withdraw(99));
  // 192.0.2.0/24 is for documentation: nothing answers there, the connection stays under way (or is refused at once).
  test_client far("http://192.0.2.1:9", {.connect_ms_max = 20'000});
  far.begin(1);
  if (far.withdraw(1)) {
    EXPECT_EQ(far.ends(), 0U);
    EXPECT_EQ(far.counts().open, 0U);
  } else {
    EXPECT_EQ(far.await(1).how, exchange_end::not_sent);
  }
}

TEST(http_client, a_large_request_goes_out_whole) {
  running_server server(
      [](const http::request& got, http::reply answer) { answer({.body = std::to_string(got.body.size())}); },
      {.body_bytes_max = 16U << 20U});
  test_client client(server.url());
  std::string const large(10'000'000, 'x');
  EXPECT_EQ(client.ask(1, {.target = "/", .body = large}).body, "10000000");
}

TEST(http_client, ends_with_exchanges_open) {
  scripted_peer peer([&](peer_connection& with, int) {
    with.read_request();
    with.await_close();
  });
  test_client client(peer.url());
  client.begin(1);
  client.begin(2);
}

}  // namespace
}  // namespace sagad::test

// In the place of the C library's: one name is known here alone.
extern "C" int getaddrinfo(const char* host, const char* port, const addrinfo* hints, addrinfo** found) {
  using sagad::test::half_silent_host;
  using signature = decltype(::getaddrinfo);
  static auto* const real = reinterpret_cast<signature*>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  if (host == nullptr || std::string_view(host) != half_silent_host::name) return real(host, port, hints, found);
  if (int const failed = real(half_silent_host::first_address, port, hints, found); failed != 0) return failed;
  return real(half_silent_host::second_address, port, hints, &(*found)->ai_next);
}

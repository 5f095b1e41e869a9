#include "dispatch/dispatcher.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <map>
#include <mutex>

#include "running_server.hpp"
#include "scripted_peer.hpp"

namespace sagad::test {
namespace {

using dispatch::answer;
using dispatch::call;
using dispatch::circuit_state;
using dispatch::ending;
using dispatch::lane;
using dispatch::outcome;
using dispatch::standing;
using testing::HasSubstr;
using testing::Not;

constexpr auto patience = std::chrono::seconds(20);

dispatch::participant_settings at(std::vector<std::string> urls) {
  dispatch::participant_settings one;
  one.name = "escrow";
  one.endpoints = std::move(urls);
  return one;
}

call post(std::uint64_t tag) {
  call one;
  one.tag = tag;
  one.method = "POST";
  one.target = "/v1/x";
  one.body = "{}";
  one.timeout_ms = 15'000;
  return one;
}

/// A dispatcher with one participant on its own reactor; collects the answers.
class test_dispatcher {
 public:
  explicit test_dispatcher(dispatch::participant_settings settings, const dispatch::dispatcher_options& options = {}) {
    reactor_.on_thread([&] {
      dispatcher_.emplace(reactor_.context(), std::vector{std::move(settings)}, options,
                          [this](answer&& told) { on_answer(std::move(told)); });
    });
  }
  ~test_dispatcher() {
    reactor_.on_thread([&] { dispatcher_.reset(); });
  }

  template <class F>
  auto with(F what) {
    return reactor_.on_thread([&] { return what(*dispatcher_); });
  }
  void begin(call one) {
    with([&](auto& to) { to.begin(std::move(one)); });
  }
  answer await(std::uint64_t tag) {
    std::unique_lock lock(guard_);
    if (!changed_.wait_for(lock, patience, [&] { return answers_.contains(tag); }))
      throw std::runtime_error("no answer");
    return answers_.at(tag);
  }
  answer ask(call one) {
    auto const tag = one.tag;
    begin(std::move(one));
    return await(tag);
  }
  bool answered(std::uint64_t tag) {
    std::lock_guard const lock(guard_);
    return answers_.contains(tag);
  }
  standing look(std::uint64_t tag) {
    return with([&](auto& to) { return to.look(tag); });
  }
  dispatch::participant_view view() {
    return with([](auto& to) { return to.snapshot().at(0); });
  }
  template <class F>
  void until(F condition) {
    auto const deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("it never came true");
      std::this_thread::yield();
    }
  }
  std::vector<std::uint64_t> order;

 private:
  void on_answer(answer&& told) {
    std::lock_guard const lock(guard_);
    order.push_back(told.tag);
    answers_[told.tag] = std::move(told);
    changed_.notify_all();
  }

  std::mutex guard_;
  std::condition_variable changed_;
  std::map<std::uint64_t, answer> answers_;
  running_reactor reactor_;
  std::optional<dispatch::dispatcher> dispatcher_;
};

http::handler always(int status, std::string body, std::string headers = {}) {
  return [=](const http::request&, http::reply reply) { reply({.status = status, .headers = headers, .body = body}); };
}

/// Keeps requests unanswered until told.
struct holding_server {
  std::mutex guard;
  std::vector<http::reply> held;
  std::vector<std::string> targets;
  running_server server{[this](const http::request& got, http::reply reply) {
    std::lock_guard const lock(guard);
    targets.emplace_back(got.target);
    held.push_back(std::move(reply));
  }};

  std::size_t count() {
    std::lock_guard const lock(guard);
    return held.size();
  }
  void answer_all() {
    server.reactor().on_thread([this] {
      std::lock_guard const lock(guard);
      for (auto& one : held) one({.body = "{}"});
      held.clear();
    });
  }
  ~holding_server() { answer_all(); }
};

TEST(dispatcher, reports_an_answer_with_its_facts) {
  running_server server(
      always(200, R"({"hold":7})", "Saga-Outcome: done\r\nRetry-After: 3\r\nLocation: /v1/jobs/1\r\n"));
  test_dispatcher calls(at({server.url()}));
  EXPECT_EQ(calls.with([](auto& to) { return to.find("escrow"); }), 0);
  EXPECT_EQ(calls.with([](auto& to) { return to.find("other"); }), std::nullopt);
  auto const got = calls.ask(post(1));
  EXPECT_EQ(got.how, ending::answered);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.outcome, outcome::done);
  EXPECT_EQ(got.retry_after_ms, 3'000);
  EXPECT_EQ(got.location, "/v1/jobs/1");
  EXPECT_EQ(got.body, R"({"hold":7})");
}

TEST(dispatcher, an_empty_body_of_success_is_null) {
  running_server server(always(204, ""));
  test_dispatcher calls(at({server.url()}));
  EXPECT_EQ(calls.ask(post(1)).body, "null");
}

TEST(dispatcher, adds_credentials_that_are_not_in_the_call) {
  std::string seen;
  running_server server([&](const http::request& got, http::reply reply) {
    seen = std::string(got.find("authorization")) + " " + std::string(got.find("saga-id"));
    reply({.body = "{}"});
  });
  auto settings = at({server.url()});
  settings.credentials = "Authorization: Bearer secret\r\n";
  test_dispatcher calls(settings);
  auto one = post(1);
  one.headers = "Saga-Id: S1\r\n";
  auto const got = calls.ask(one);
  EXPECT_EQ(seen, "Bearer secret S1");
  EXPECT_THAT(got.detail, Not(HasSubstr("secret")));
}

TEST(dispatcher, never_sends_what_is_outside_the_path_prefixes) {
  int requests = 0;
  running_server server([&](const http::request&, http::reply reply) {
    ++requests;
    reply({.body = "{}"});
  });
  auto settings = at({server.url()});
  settings.path_prefixes = {"/v1"};
  test_dispatcher calls(settings);
  std::uint64_t tag = 0;
  for (auto const* const target : {"/admin/wipe", "/v1/../admin", "/v1/%2e%2e/admin", "/v1/x HTTP/1.1\r\nA: b"}) {
    auto one = post(++tag);
    one.target = target;
    auto const got = calls.ask(one);
    EXPECT_EQ(got.how, ending::not_sent) << target;
    EXPECT_THAT(got.detail, HasSubstr("outside the paths"));
  }
  auto one = post(++tag);
  one.headers = "A: b\r\n\r\nGET /admin";
  EXPECT_EQ(calls.ask(one).how, ending::not_sent);
  EXPECT_EQ(calls.ask(post(100)).how, ending::answered);
  EXPECT_EQ(requests, 1);
  EXPECT_EQ(calls.view().circuit, circuit_state::closed);
}

TEST(dispatcher, no_participant_no_call) {
  test_dispatcher calls(at({"http://127.0.0.1:1"}));
  auto one = post(1);
  one.participant = 7;
  EXPECT_EQ(calls.ask(one).how, ending::not_sent);
}

TEST(dispatcher, refuses_settings_with_mistakes) {
  boost::asio::io_context reactor;
  try {
    dispatch::dispatcher const wrong(reactor, {at({"https://a"}), at({"nowhere"})}, {}, [](answer&&) {});
    ADD_FAILURE();
  } catch (const std::invalid_argument& why) {
    EXPECT_THAT(why.what(), HasSubstr("https"));
    EXPECT_THAT(why.what(), HasSubstr("nowhere"));
    EXPECT_THAT(why.what(), HasSubstr("twice"));
  }
}

struct bytes_and_ending {
  const char* what;
  std::string bytes;
  ending how;
  int status;
};
class dispatcher_meets : public testing::TestWithParam<bytes_and_ending> {};

TEST_P(dispatcher_meets, and_reports_it) {
  scripted_peer peer([&](peer_connection& with, int) {
    with.read_request();
    with.send(GetParam().bytes);
  });
  auto settings = at({peer.url()});
  settings.response_bytes_max = 1'000;
  test_dispatcher calls(settings);
  auto const got = calls.ask(post(1));
  EXPECT_EQ(got.how, GetParam().how);
  EXPECT_EQ(got.status, GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(
    all, dispatcher_meets,
    testing::Values(
        bytes_and_ending{"garbage", "hello\r\n\r\n", ending::unreadable, 0},
        bytes_and_ending{"a_body_that_is_no_json", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<html",
                         ending::unreadable, 200},
        bytes_and_ending{"doubled_names", "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"a\":1,\"a\":2}",
                         ending::unreadable, 200},
        bytes_and_ending{"a_failure_that_is_no_json", "HTTP/1.1 409 No\r\nContent-Length: 5\r\n\r\n<html",
                         ending::answered, 409},
        bytes_and_ending{"a_redirect",
                         "HTTP/1.1 307 T\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
                         ending::answered, 307},
        bytes_and_ending{"a_cut_in_the_middle", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"a\":", ending::cut, 0},
        bytes_and_ending{"too_much", "HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n{", ending::too_large, 200},
        bytes_and_ending{"too_many_headers", "HTTP/1.1 200 OK\r\nA: " + std::string(20'000, 'x'), ending::too_large,
                         0}),
    [](const testing::TestParamInfo<bytes_and_ending>& one) { return one.param.what; });

TEST(dispatcher, a_location_elsewhere_is_not_told) {
  running_server server(always(202, "{}", "Location: http://169.254.169.254/latest\r\n"));
  test_dispatcher calls(at({server.url()}));
  EXPECT_EQ(calls.ask(post(1)).location, "");
}

TEST(dispatcher, the_body_of_a_failure_is_kept_to_two_kibibytes) {
  running_server server(always(409, std::string(10'000, '\xff')));
  test_dispatcher calls(at({server.url()}));
  auto const got = calls.ask(post(1));
  EXPECT_EQ(got.body, std::string(2'048, '?'));
  EXPECT_THAT(got.detail, HasSubstr("409"));
}

TEST(dispatcher, a_participant_that_never_answers_times_out) {
  holding_server slow;
  test_dispatcher calls(at({slow.server.url()}));
  auto one = post(1);
  one.timeout_ms = 30;
  EXPECT_EQ(calls.ask(one).how, ending::timed_out);
}

TEST(dispatcher, a_refused_connection_is_not_sent_and_names_the_endpoint) {
  refusing_port const nobody;
  test_dispatcher calls(at({nobody.url()}));
  auto const got = calls.ask(post(1));
  EXPECT_EQ(got.how, ending::not_sent);
  EXPECT_THAT(got.detail, HasSubstr("127.0.0.1:" + std::to_string(nobody.port())));
}

TEST(dispatcher, with_one_endpoint_down_the_other_has_it_at_once) {
  refusing_port const nobody;
  running_server server(always(200, "{}"));
  test_dispatcher calls(at({nobody.url(), server.url()}));
  for (std::uint64_t i = 0; i < 10; ++i) EXPECT_EQ(calls.ask(post(i)).how, ending::answered) << i;
  EXPECT_EQ(server.server().counts().requests, 10U);
  auto const view = calls.view();
  EXPECT_TRUE(view.endpoints[0].passed_over);
  EXPECT_FALSE(view.endpoints[1].passed_over);
  EXPECT_EQ(view.circuit, circuit_state::closed);
}

TEST(dispatcher, connections_are_used_again) {
  running_server server(always(200, "{}"));
  test_dispatcher calls(at({server.url()}));
  for (std::uint64_t i = 0; i < 20; ++i) calls.ask(post(i));
  EXPECT_EQ(server.server().counts().accepted, 1U);
  EXPECT_EQ(calls.view().answered, 20U);
  EXPECT_EQ(calls.view().took.count(), 20U);
}

TEST(dispatcher, looks_at_calls_that_are_open_and_held) {
  holding_server slow;
  auto settings = at({slow.server.url()});
  settings.max_in_flight = 1;
  test_dispatcher calls(settings);
  calls.begin(post(1));
  calls.begin(post(2));
  calls.until([&] { return calls.look(1).stage == standing::stage::open; });
  auto const open = calls.look(1);
  EXPECT_EQ(open.times_out, open.since + 15'000);
  auto const held = calls.look(2);
  EXPECT_EQ(held.stage, standing::stage::held);
  EXPECT_EQ(held.why, "no free slot");
  EXPECT_EQ(calls.look(3).stage, standing::stage::unknown);
  calls.until([&] { return slow.count() == 1; });
  EXPECT_EQ(calls.view().waiting[2], 1U);
  slow.answer_all();
  calls.await(1);
  calls.until([&] { return slow.count() == 1; });
  slow.answer_all();
  calls.await(2);
}

TEST(dispatcher, withdraws_what_is_held_and_nothing_that_was_sent) {
  holding_server slow;
  auto settings = at({slow.server.url()});
  settings.max_in_flight = 1;
  test_dispatcher calls(settings);
  calls.begin(post(1));
  calls.begin(post(2));
  calls.begin(post(3));
  calls.until([&] { return slow.count() == 1; });
  EXPECT_TRUE(calls.with([](auto& to) { return to.withdraw(2); }));
  EXPECT_FALSE(calls.with([](auto& to) { return to.withdraw(1); }));
  EXPECT_FALSE(calls.with([](auto& to) { return to.withdraw(2); }));
  slow.answer_all();
  calls.await(1);
  calls.until([&] { return slow.count() == 1; });
  slow.answer_all();
  calls.await(3);
  EXPECT_FALSE(calls.answered(2));
}

TEST(dispatcher, a_refusal_that_was_not_told_yet_can_be_withdrawn) {
  test_dispatcher calls(at({"http://127.0.0.1:1"}));
  calls.with([](auto& to) {
    for (std::uint64_t tag : {1U, 2U}) {
      auto one = post(tag);
      one.target = "nowhere";
      to.begin(one);
    }
    EXPECT_TRUE(to.withdraw(1));
  });
  calls.await(2);
  EXPECT_FALSE(calls.answered(1));
}

TEST(dispatcher, compensations_that_wait_go_before_actions_that_wait) {
  holding_server slow;
  auto settings = at({slow.server.url()});
  settings.max_in_flight = 1;
  test_dispatcher calls(settings);
  calls.with([](auto& to) {
    for (std::uint64_t tag = 1; tag <= 4; ++tag) {
      auto one = post(tag);
      one.target = "/" + std::to_string(tag);
      one.lane = tag == 4 ? lane::compensation : tag == 3 ? lane::must_succeed : lane::action;
      to.begin(one);
    }
  });
  for (int i = 0; i < 4; ++i) {
    calls.until([&] { return slow.count() == 1; });
    slow.answer_all();
  }
  calls.await(2);
  EXPECT_EQ(slow.targets, (std::vector<std::string>{"/1", "/4", "/3", "/2"}));
}

TEST(dispatcher, a_hold_that_lasts_too_long_ends_as_not_sent) {
  holding_server slow;
  auto settings = at({slow.server.url()});
  settings.max_in_flight = 1;
  test_dispatcher calls(settings);
  calls.begin(post(1));
  auto one = post(2);
  one.hold_ms_max = 20;
  auto const got = calls.ask(one);
  EXPECT_EQ(got.how, ending::not_sent);
  EXPECT_THAT(got.detail, HasSubstr("no free slot"));
  EXPECT_FALSE(calls.answered(1));
}

TEST(dispatcher, holds_that_end_together_are_told_a_part_in_a_turn) {
  scripted_peer silent([](peer_connection& to, int) {
    to.read_request();
    to.await_close();
  });
  auto settings = at({silent.url()});
  settings.max_in_flight = 1;
  constexpr std::size_t held = 3000;
  std::size_t told = 0;
  boost::asio::io_context turns;
  dispatch::dispatcher calls(turns, {settings}, {}, [&](const answer&) { ++told; });
  for (std::uint64_t i = 0; i <= held; ++i) {
    auto one = post(i);
    one.hold_ms_max = 1;
    calls.begin(std::move(one));
  }
  std::size_t most = 0;
  auto const deadline = std::chrono::steady_clock::now() + patience;
  while (told < held && std::chrono::steady_clock::now() < deadline) {
    auto const before = told;
    turns.run_one_for(patience);
    most = std::max(most, told - before);
  }
  EXPECT_EQ(told, held);
  EXPECT_LE(most, 128U);
}

dispatch::participant_settings with_quick_circuit(std::vector<std::string> urls) {
  auto settings = at(std::move(urls));
  settings.circuit.failures_in_a_row = 2;
  settings.circuit.open_ms = 30;
  settings.circuit.open_ms_max = 60;
  return settings;
}

TEST(dispatcher, an_open_circuit_holds_calls_and_a_probe_lets_them_go_again) {
  std::atomic<bool> broken = true;
  running_server server(
      [&](const http::request&, http::reply reply) { reply({.status = broken ? 500 : 200, .body = "{}"}); });
  test_dispatcher calls(with_quick_circuit({server.url()}));
  calls.ask(post(1));
  calls.ask(post(2));
  EXPECT_EQ(calls.view().circuit, circuit_state::open);
  for (std::uint64_t i = 3; i < 23; ++i) calls.begin(post(i));
  auto const held = calls.look(22);
  EXPECT_EQ(held.stage, standing::stage::held);
  EXPECT_EQ(held.why, "circuit open");
  EXPECT_EQ(calls.await(3).status, 500);  // the first probe
  broken = false;
  for (std::uint64_t i = 4; i < 23; ++i) EXPECT_EQ(calls.await(i).how, ending::answered);
  EXPECT_EQ(calls.view().circuit, circuit_state::closed);
  EXPECT_LT(calls.view().limit, 256U);  // slowly
}

TEST(dispatcher, an_urgent_call_passes_those_that_an_open_circuit_holds) {
  std::atomic<bool> broken = true;
  running_server server(
      [&](const http::request&, http::reply reply) { reply({.status = broken ? 500 : 200, .body = "{}"}); });
  auto settings = with_quick_circuit({server.url()});
  settings.circuit.open_ms = settings.circuit.open_ms_max = 1'000'000;
  test_dispatcher calls(settings);
  calls.ask(post(1));
  calls.ask(post(2));
  calls.begin(post(3));
  EXPECT_EQ(calls.look(3).stage, standing::stage::held);
  broken = false;
  auto urgent = post(4);
  urgent.urgent = true;
  EXPECT_EQ(calls.ask(urgent).status, 200);
  EXPECT_EQ(calls.await(3).status, 200) << "its success lets the others go";
  EXPECT_EQ(calls.view().circuit, circuit_state::closed);
}

TEST(dispatcher, busy_answers_do_not_open_the_circuit) {
  running_server server(always(503, "{}", "Retry-After: 1\r\n"));
  test_dispatcher calls(with_quick_circuit({server.url()}));
  for (std::uint64_t i = 0; i < 6; ++i) EXPECT_EQ(calls.ask(post(i)).status, 503);
  EXPECT_EQ(calls.view().circuit, circuit_state::closed);
}

TEST(dispatcher, a_port_that_answers_garbage_opens_the_circuit) {
  for (auto const& garbage :
       {std::string("\0\xff\x16 garbage\r\n\r\n", 14), "HTTP/1.1 200 OK\r\n" + std::string(20'000, 'x')}) {
    scripted_peer peer([&](peer_connection& to, int) {
      to.read_request();
      to.send(garbage);
    });
    test_dispatcher calls(with_quick_circuit({peer.url()}));
    for (std::uint64_t i = 0; i < 2; ++i) EXPECT_NE(calls.ask(post(i)).how, ending::answered);
    EXPECT_EQ(calls.view().circuit, circuit_state::open);
  }
}

TEST(dispatcher, a_body_that_is_not_json_comes_from_somebody_who_is_there) {
  running_server server(always(200, "<html>"));
  test_dispatcher calls(with_quick_circuit({server.url()}));
  for (std::uint64_t i = 0; i < 6; ++i) EXPECT_EQ(calls.ask(post(i)).how, ending::unreadable);
  EXPECT_EQ(calls.view().circuit, circuit_state::closed);
}

TEST(dispatcher, a_long_hold_is_offered_the_probe_before_it_ends) {
  std::atomic<bool> down = true;
  running_server server(
      [&](const http::request&, http::reply reply) { reply({.status = down ? 500 : 200, .body = "{}"}); });
  auto settings = with_quick_circuit({server.url()});
  settings.circuit.open_ms = 50;
  settings.circuit.open_ms_max = 1'000'000;
  test_dispatcher calls(settings);
  for (std::uint64_t i = 0; i < 10; ++i) {  // probes that fail: the next one is far away
    auto one = post(i);
    one.hold_ms_max = 51;
    EXPECT_EQ(calls.ask(one).status, 500) << i;
  }
  down = false;
  auto one = post(100);
  one.hold_ms_max = 51;
  EXPECT_EQ(calls.ask(one).status, 200);
}

TEST(dispatcher, holds_that_lasted_too_long_share_the_fate_of_the_probe_under_way) {
  std::atomic<int> requests = 0;
  std::optional<http::reply> probe;
  running_server server([&](const http::request&, http::reply reply) {
    if (++requests <= 2) return reply({.status = 500});
    probe = std::move(reply);
  });
  auto settings = with_quick_circuit({server.url()});
  test_dispatcher calls(settings);
  calls.ask(post(1));
  calls.ask(post(2));
  calls.begin(post(3));
  calls.until([&] { return requests == 3; });
  for (std::uint64_t i = 4; i < 8; ++i) {
    auto one = post(i);
    one.hold_ms_max = 5;
    calls.begin(one);
  }
  auto later = post(9);
  calls.begin(later);
  EXPECT_FALSE(calls.answered(4));
  calls.until([&] { return calls.with([](auto& to) { return to.look(4).stage; }) == standing::stage::held; });
  server.reactor().on_thread([&] { (*probe)({.status = 500}); });
  for (std::uint64_t i = 4; i < 8; ++i) EXPECT_EQ(calls.await(i).how, ending::not_sent);
  calls.until([&] { return requests == 4; });  // the next probe is the call that may still wait
  server.reactor().on_thread([&] { (*probe)({.body = "{}"}); });
  EXPECT_EQ(calls.await(9).how, ending::answered);
}

TEST(dispatcher, starts_slowly_when_told) {
  holding_server slow;
  test_dispatcher calls(at({slow.server.url()}));
  calls.with([](auto& to) {
    to.start_slowly();
    for (std::uint64_t tag = 0; tag < 40; ++tag) {
      auto one = post(tag);
      one.lane = tag % 2 == 0 ? lane::action : lane::must_succeed;
      to.begin(one);
    }
  });
  calls.until([&] { return slow.count() == 8; });
  EXPECT_EQ(calls.view().in_flight, 8U);
  EXPECT_EQ(calls.with([](auto& to) { return to.open(); }), 8U);
  slow.answer_all();
  calls.until([&] { return slow.count() == 16; });
  EXPECT_EQ(calls.view().limit, 16U);
  slow.answer_all();
  calls.until([&] { return slow.count() == 16; });
  slow.answer_all();
  calls.until([&] { return calls.view().answered == 40; });
}

TEST(dispatcher, reactors_share_out_what_may_be_in_flight_and_how_slowly_it_starts) {
  auto settings = at({"http://127.0.0.1:1"});
  settings.max_in_flight = 11;
  std::vector<std::uint32_t> slots;
  std::vector<std::uint32_t> first;
  for (std::uint32_t reactor = 0; reactor < 3; ++reactor) {
    test_dispatcher calls(settings, {.reactors = 3, .reactor = reactor});
    slots.push_back(calls.view().slots);
    calls.with([](auto& to) { to.start_slowly(); });
    first.push_back(calls.view().limit);
  }
  EXPECT_EQ(slots, (std::vector<std::uint32_t>{4, 4, 3}));
  EXPECT_EQ(first, (std::vector<std::uint32_t>{3, 3, 2}));
  boost::asio::io_context reactor;
  EXPECT_THROW(dispatch::dispatcher(reactor, {settings}, {.reactors = 12}, [](const answer&) {}),
               std::invalid_argument);
}

TEST(dispatcher, an_answer_may_begin_the_next_call) {
  running_server server(always(200, "{}"));
  running_reactor reactor;
  std::optional<dispatch::dispatcher> calls;
  std::promise<void> done;
  reactor.on_thread([&] {
    calls.emplace(reactor.context(), std::vector{at({server.url()})}, dispatch::dispatcher_options{},
                  [&](answer&& told) {
                    if (told.tag == 100) return done.set_value();
                    calls->begin(post(told.tag + 1));
                  });
    calls->begin(post(1));
  });
  EXPECT_EQ(done.get_future().wait_for(patience), std::future_status::ready);
  EXPECT_EQ(server.server().counts().accepted, 1U);
  reactor.on_thread([&] { calls.reset(); });
}

TEST(dispatcher, ends_with_calls_open_and_held) {
  holding_server slow;
  auto settings = at({slow.server.url()});
  settings.max_in_flight = 2;
  test_dispatcher calls(settings);
  for (std::uint64_t i = 0; i < 10; ++i) calls.begin(post(i));
  calls.until([&] { return slow.count() >= 1; });
}

}  // namespace
}  // namespace sagad::test

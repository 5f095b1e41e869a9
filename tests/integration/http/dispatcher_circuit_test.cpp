#include "test_dispatcher.hpp"

namespace sagad::test {
namespace {

dispatch::participant_settings with_quick_circuit(std::vector<std::string> urls) {
  auto settings = at(std::move(urls));
  settings.circuit.failures_in_a_row = 2;
  settings.circuit.open_ms = 30;
  settings.circuit.open_ms_max = 60;
  return settings;
}

TEST(dispatcher_circuit, an_open_circuit_holds_calls_and_a_probe_lets_them_go_again) {
  std::atomic<bool> broken = true;
  running_server server(
      [&](const http::request&, http::reply reply) { reply({.status = broken ? 500 : 200, .body = "{}"}); });
  auto settings = with_quick_circuit({server.url()});
  settings.circuit.open_ms = settings.circuit.open_ms_max = 500;  // it is looked at while no probe is under way
  test_dispatcher calls(settings);
  calls.ask(post(1));
  calls.ask(post(2));
  auto const held = calls.with([](auto& to) {
    for (std::uint64_t i = 3; i < 23; ++i) to.begin(post(i));
    return to.look(22);
  });
  EXPECT_NE(calls.view().circuit, circuit_state::closed);
  EXPECT_EQ(held.stage, standing::stage::held);
  EXPECT_EQ(held.why, "circuit open: escrow answered 500");
  EXPECT_GE(held.until, held.since);
  EXPECT_EQ(calls.await(3).status, 500);  // the first probe
  broken = false;
  for (std::uint64_t i = 4; i < 23; ++i) EXPECT_EQ(calls.await(i).how, ending::answered);
  EXPECT_EQ(calls.view().circuit, circuit_state::closed);
  EXPECT_LT(calls.view().limit, 256U);  // slowly
}

TEST(dispatcher_circuit, an_idle_participant_is_left_alone_until_its_probes_time_only) {
  running_server server(always(500, "{}"));
  auto settings = with_quick_circuit({server.url()});
  test_dispatcher calls(settings);
  calls.ask(post(1));
  calls.ask(post(2));
  calls.until([&] { return !calls.view().left_alone; });
  auto const due = calls.view();
  EXPECT_EQ(due.circuit, circuit_state::half_open) << "though nobody calls it";
  EXPECT_GT(due.circuit_since, 0);
  settings.circuit.open_ms = settings.circuit.open_ms_max = 1'000'000;
  test_dispatcher patient(settings);
  patient.ask(post(1));
  patient.ask(post(2));
  EXPECT_TRUE(patient.view().left_alone);
  EXPECT_EQ(patient.view().circuit, circuit_state::open);
}

TEST(dispatcher_circuit, an_urgent_call_passes_those_that_an_open_circuit_holds) {
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

TEST(dispatcher_circuit, busy_answers_do_not_open_the_circuit) {
  running_server server(always(503, "{}", "Retry-After: 1\r\n"));
  test_dispatcher calls(with_quick_circuit({server.url()}));
  for (std::uint64_t i = 0; i < 6; ++i) EXPECT_EQ(calls.ask(post(i)).status, 503);
  EXPECT_EQ(calls.view().circuit, circuit_state::closed);
}

TEST(dispatcher_circuit, a_port_that_answers_garbage_opens_the_circuit) {
  for (auto const& garbage :
       {std::string("\0\xff\x16 garbage\r\n\r\n", 14), "HTTP/1.1 200 OK\r\n" + std::string(20'000, 'x')}) {
    scripted_peer peer([&](peer_connection& to, int) {
      to.read_request();
      to.send(garbage);
    });
    test_dispatcher calls(with_quick_circuit({peer.url()}));
    for (std::uint64_t i = 0; i < 2; ++i) EXPECT_NE(calls.ask(post(i)).how, ending::answered);
    EXPECT_NE(calls.view().circuit, circuit_state::closed);
  }
}

TEST(dispatcher_circuit, a_body_that_is_not_json_comes_from_somebody_who_is_there) {
  running_server server(always(200, "<html>"));
  test_dispatcher calls(with_quick_circuit({server.url()}));
  for (std::uint64_t i = 0; i < 6; ++i) EXPECT_EQ(calls.ask(post(i)).how, ending::unreadable);
  EXPECT_EQ(calls.view().circuit, circuit_state::closed);
}

TEST(dispatcher_circuit, a_long_hold_is_offered_the_probe_before_it_ends) {
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

TEST(dispatcher_circuit, holds_that_lasted_too_long_share_the_fate_of_the_probe_under_way) {
  std::atomic<int> requests = 0;
  std::optional<http::reply> probe;
  running_server server([&](const http::request&, http::reply reply) {
    if (++requests <= 2) return reply({.status = 500});
    probe = std::move(reply);
  });
  auto settings = with_quick_circuit({server.url()});
  // Longer than a hold may be late: who had not lasted too long before the probe failed is no probe himself.
  settings.circuit.open_ms = settings.circuit.open_ms_max = 300;
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
  EXPECT_EQ(calls.look(4).until, 0) << "a probe is under way";
  auto later = post(9);
  calls.begin(later);
  EXPECT_FALSE(calls.answered(4));
  calls.until([&] { return calls.with([](auto& to) { return to.look(4).stage; }) == standing::stage::held; });
  server.reactor().on_thread([&] { (*probe)({.status = 500}); });
  for (std::uint64_t i = 4; i < 8; ++i) {
    auto const told = calls.await(i);
    EXPECT_EQ(told.how, ending::not_sent);
    EXPECT_TRUE(told.detail.ends_with("circuit open: escrow answered 500")) << told.detail;
  }
  calls.until([&] { return requests == 4; });  // the next probe is the call that may still wait
  server.reactor().on_thread([&] { (*probe)({.body = "{}"}); });
  EXPECT_EQ(calls.await(9).how, ending::answered);
}

TEST(dispatcher_circuit, starts_slowly_when_told) {
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

}  // namespace
}  // namespace sagad::test

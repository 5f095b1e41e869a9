#include <atomic>

#include "test_dispatcher.hpp"

namespace sagad::test {
namespace {

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

TEST(dispatcher, a_location_outside_the_path_prefixes_is_not_told) {
  auto const location_of = [](const std::string& location) {
    running_server server(always(202, "{}", "Location: " + location + "\r\n"));
    auto settings = at({server.url()});
    settings.path_prefixes = {"/v1"};
    test_dispatcher calls(settings);
    auto one = post(1);
    one.target = "/v1/holds";
    auto const got = calls.ask(one);
    EXPECT_EQ(got.location.empty(), got.detail.find("within its `paths`") != std::string::npos) << location;
    return got.location;
  };
  for (auto const* location : {"/admin", "/../../admin", "/v1/../admin", "/v1/%2e%2e/admin", "/v10"}) {
    EXPECT_EQ(location_of(location), "") << location;
  }
  EXPECT_EQ(location_of("/v1/jobs/1"), "/v1/jobs/1");
}

TEST(dispatcher, says_which_header_of_an_answer_is_wrong) {
  for (auto const& [headers, wrong] : std::vector<std::pair<std::string, std::string>>{
           {"Location: http://169.254.169.254/latest\r\n",
            R"(its Location "http://169.254.169.254/latest" is no place)"},
           {"Location: jobs/1\r\n", R"(its Location "jobs/1" is no place)"},
           {"Saga-Outcome: banana\r\n", R"(its Saga-Outcome is "banana")"},
           {"Saga-Outcome: done\r\nSaga-Outcome: rejected\r\n", R"(its Saga-Outcome is there twice, as "done" and)"}}) {
    running_server server(always(202, "{}", headers));
    test_dispatcher calls(at({server.url()}));
    EXPECT_THAT(calls.ask(post(1)).detail, HasSubstr("escrow answered 202, but " + wrong));
  }
}

TEST(dispatcher, says_that_a_body_is_not_json) {
  running_server server(always(200, "hello"));
  test_dispatcher calls(at({server.url()}));
  EXPECT_THAT(calls.ask(post(1)).detail, HasSubstr("escrow answered 200, but its body cannot be read as JSON: "));
}

TEST(dispatcher, the_body_of_a_failure_is_kept_to_two_kibibytes) {
  running_server server(always(409, std::string(10'000, '\xff')));
  test_dispatcher calls(at({server.url()}));
  auto const got = calls.ask(post(1));
  EXPECT_EQ(got.body, std::string(2'048, '?'));
  EXPECT_THAT(got.detail, HasSubstr("409"));
}

TEST(dispatcher, tells_what_a_failure_says) {
  running_server server(always(500, R"({"title":"Broken","detail":"the disk burns"})"));
  test_dispatcher calls(at({server.url()}));
  EXPECT_EQ(calls.ask(post(1)).detail, "escrow answered 500: the disk burns");
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
  EXPECT_FALSE(view.endpoints[0].reachable());
  EXPECT_TRUE(view.endpoints[1].reachable());
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

TEST(dispatcher, asks_once_more_before_the_first_byte_of_what_was_held) {
  holding_server slow;
  auto settings = at({slow.server.url()});
  settings.max_in_flight = 1;
  test_dispatcher calls(settings);
  calls.begin(post(1));
  std::atomic<bool> may = true;
  auto second = post(2);
  second.may_go = [&may] { return may.load(); };
  calls.begin(second);
  calls.begin(post(3));
  calls.until([&] { return slow.count() == 1; });
  may = false;
  slow.answer_all();
  auto const told = calls.await(2);
  EXPECT_TRUE(told.withheld);
  EXPECT_EQ(told.how, ending::not_sent);
  calls.until([&] { return slow.count() == 1; });  // its slot is another's
  slow.answer_all();
  EXPECT_FALSE(calls.await(3).withheld);
}

TEST(dispatcher, asks_once_more_when_the_connection_is_there) {
  running_server server(always(200, "{}"));
  test_dispatcher calls(at({server.url()}));
  auto one = post(1);
  one.may_go = [asked = 0]() mutable { return ++asked == 1; };  // in between it has to connect
  EXPECT_TRUE(calls.ask(one).withheld);
  EXPECT_EQ(calls.view().not_sent, 0U) << "it is no failure of the participant's";
  EXPECT_FALSE(calls.ask(post(2)).withheld);
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

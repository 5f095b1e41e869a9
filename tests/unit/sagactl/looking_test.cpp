#include <gmock/gmock.h>

#include "tests/unit/sagactl/recorded_server.hpp"
#include "tests/unit/sagactl/texts.hpp"

namespace sagad::sagactl::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* first_records =
    R"([{"seq":1,"time":"2026-11-18T11:06:30.000Z","cause":"start","phase":"running","events":[)"
    R"({"event":"started","key":"order-1","input":{"price":1}}],"released":[{"step":"escrow","operation":"action"}]}])";
constexpr const char* all_records =
    R"([{"seq":1,"time":"2026-11-18T11:06:30.000Z","cause":"start","phase":"running","events":[)"
    R"({"event":"started","key":"order-1","input":{"price":1}}],"released":[{"step":"escrow","operation":"action"}]},)"
    R"({"seq":2,"time":"2026-11-18T11:06:31.000Z","cause":"answer","phase":"running","events":[)"
    R"({"event":"failed","step":"escrow","operation":"action","cause":"timed_out","attempt":2,"detail":"2 s"}],)"
    R"("released":[]}])";

TEST(get, explains_a_stuck_saga_and_says_which_commands_fit) {
  recorded_server server;
  server.then(200, stuck);
  EXPECT_EQ(server.run({"get", id}), exit_code::ok);
  EXPECT_EQ(server.asked(0).target, "/v1/sagas/01KB0000000000000000000000");
  EXPECT_THAT(server.said,
              HasSubstr("blocked: its attempts or its time are used up, tried 6 times; last: the participant could "
                        "not be reached (connection refused); waits for a command"));
  EXPECT_THAT(server.said, HasSubstr("sagactl retry 01KB0000000000000000000000 --step rate"));
  EXPECT_THAT(server.said, HasSubstr("sagactl skip 01KB0000000000000000000000 --step rate"));
}

TEST(get, counts_the_attempts_that_were_sent) {
  const auto shown = [](const std::string& members) {
    recorded_server server;
    server.then(200, R"({"id":"01KB","state":"running","seq":4,"steps":[{"step":"pay","participant":"bank",)" +
                         members + "}]}");
    EXPECT_EQ(server.run({"get", id}), exit_code::ok);
    return server.said.substr(server.said.find("\npay") + 1);
  };
  const std::string waits = R"({"state":"retrying","attempts":2,"tries":5})";
  EXPECT_THAT(shown(R"("state":"open","action":)" + waits), StartsWith("pay   bank         open   2         to be"));
  EXPECT_THAT(shown(R"("state":"open","action":{"state":"calling","attempts":0,"tries":0})"),
              StartsWith("pay   bank         open             calling"));
  EXPECT_THAT(shown(R"("state":"done","attempts":3,"compensation":)" + waits),
              StartsWith("pay   bank         done   3 + 2 undoing  undoing: to be"));
}

TEST(get, says_what_is_known_of_the_start_and_of_the_last_command) {
  recorded_server server;
  server.then(
      200, R"({"id":"01KB","definition":"sale","version":3,"state":"paused","direction":"forward","past_return":true,)"
           R"("seq":4,"key":"order-7","labels":{"region":"eu","channel":"web"},"started_by":"shop",)"
           R"("last_command":{"command":"pause",)"
           R"("at":"2026-11-18T11:06:30.000Z","seq":4,"actor":"ann","reason":"look first"},"steps":[]})");
  EXPECT_EQ(server.run({"get", id}), exit_code::ok);
  EXPECT_THAT(server.said, HasSubstr("sale, version 3\n"));
  EXPECT_THAT(server.said, HasSubstr("order-7\n"));
  EXPECT_THAT(server.said, HasSubstr("region=eu, channel=web\n"));
  EXPECT_THAT(server.said, HasSubstr("shop\n"));
  EXPECT_THAT(server.said, HasSubstr("the point of no return is passed: it can only go forward"));
  EXPECT_THAT(server.said, HasSubstr("pause by ann, "));
  EXPECT_THAT(server.said, HasSubstr(": look first\n"));
  EXPECT_THAT(server.said, HasSubstr("sagactl compensate 01KB --force --reason WHY"));
}

TEST(get, says_that_a_saga_was_turned_back_by_force) {
  recorded_server server;
  server.then(200, R"({"id":"01KB","state":"compensating","past_return":true,"seq":9,"steps":[],)"
                   R"("turned_back":{"cause":"compensate_command"}})");
  EXPECT_EQ(server.run({"get", id}), exit_code::ok);
  EXPECT_THAT(server.said, HasSubstr("turned back by force"));
  EXPECT_THAT(server.said, Not(HasSubstr("it can only go forward")));
}

TEST(get, says_that_a_saga_turns_back_by_itself_if_its_pivot_is_never_reached) {
  recorded_server server;
  server.then(200, R"({"id":"01KB","state":"running","direction":"forward","past_return":true,"seq":2,"steps":)"
                   R"([{"step":"pay","state":"open","action":{"state":"retrying","gives_up_by":"turning_back"}}]})");
  EXPECT_EQ(server.run({"get", id}), exit_code::ok);
  EXPECT_THAT(server.said, HasSubstr("but it does so by itself if pay is never reached"));
}

TEST(get, shows_a_deadline_only_where_something_happens_at_it) {
  for (const auto& [more, shown] : {std::pair{R"("direction":"forward")", true},
                                    {R"("direction":"forward","past_return":true)", false},
                                    {R"("direction":"backward")", false}}) {
    recorded_server server;
    server.then(200, R"({"id":"01KB","state":"running","deadline":"2026-11-18T12:00:00.000Z","steps":[],)" +
                         std::string(more) + "}");
    EXPECT_EQ(server.run({"get", id}), exit_code::ok);
    EXPECT_EQ(server.said.find("deadline") != std::string::npos, shown) << more;
  }
}

TEST(get, suggests_no_retry_for_a_request_that_cannot_be_made) {
  recorded_server server;
  server.then(200, R"({"id":"01KB","state":"stuck","direction":"forward","steps":[{"step":"rate","action":)"
                   R"({"state":"blocked","blocked_by":"rendering"}}]})");
  EXPECT_EQ(server.run({"get", id}), exit_code::ok);
  EXPECT_THAT(server.said, Not(HasSubstr("sagactl retry")));
  EXPECT_THAT(server.said, HasSubstr("sagactl edit 01KB --step rate"));
}

TEST(get, lists_the_effects_that_a_resolved_saga_leaves) {
  recorded_server server;
  server.then(200, R"({"id":"01KB","state":"resolved","outcome":"resolved","steps":[],"remaining_effects":)"
                   R"([{"step":"escrow","certain":"yes"},{"step":"rate","certain":"in doubt"}]})");
  EXPECT_EQ(server.run({"get", id}), exit_code::ok);
  EXPECT_THAT(server.said, HasSubstr("  escrow\n  rate  (in doubt"));
}

TEST(get, says_why_a_step_was_passed_over) {
  recorded_server server;
  server.then(200,
              R"({"id":"01KB","state":"running","steps":[{"step":"wrap","participant":"a","state":"passed_over"}]})");
  EXPECT_EQ(server.run({"get", id}), exit_code::ok);
  EXPECT_THAT(server.said, HasSubstr("passed_over            not wanted: its `when` said no"));
}

TEST(get, prints_nothing_that_steers_a_terminal) {
  recorded_server server;
  server.then(200, R"({"id":"01KB","state":"running","steps":[{"step":"\u001b[2Jx","participant":"a\nb"}]})");
  EXPECT_EQ(server.run({"get", id}), exit_code::ok);
  EXPECT_THAT(server.said, Not(HasSubstr("\x1b")));
  EXPECT_THAT(server.said, HasSubstr("a b"));
}

TEST(get, gives_programs_the_answer_alone) {
  recorded_server server;
  server.then(200, stuck);
  EXPECT_EQ(server.run({"--json", "get", id}), exit_code::ok);
  EXPECT_EQ(server.said, stuck + "\n");
}

TEST(get, keeps_what_it_is_given_within_one_value_of_the_query) {
  recorded_server server;
  server.then(400, problem("invalid-argument", 400, "no key"));
  EXPECT_EQ(server.run({"get", "../definitions?x=1"}), exit_code::refused);
  EXPECT_EQ(server.asked(0).target, "/v1/sagas?limit=2&key=..%2Fdefinitions%3Fx%3D1");
}

TEST(watch, prints_each_record_once_and_ends_when_the_saga_does) {
  recorded_server server;
  server.then(200, running).then(200, first_records).then(200, running).then(200, completed).then(200, all_records);
  EXPECT_EQ(server.run({"watch", id}), exit_code::ok) << server.complained;
  EXPECT_TRUE(server.all_answers_taken());
  EXPECT_THAT(server.said, HasSubstr("1  started, key order-1, input {\"price\":1}; calls escrow\n"));
  EXPECT_THAT(server.said, HasSubstr("2  failed escrow, attempt 2: no answer in time: 2 s\n"));
  EXPECT_EQ(server.said.find("1  started"), server.said.rfind("1  started"));
}

TEST(watch, says_once_that_the_saga_waits_for_a_person) {
  recorded_server server;
  server.then(200, stuck).then(200, "[]").then(200, stuck).then(200, stuck).then(200, compensated).then(200, "[]");
  EXPECT_EQ(server.run({"watch", id}), exit_code::not_completed);
  const std::string line = "  stuck at rate: blocked";
  EXPECT_THAT(server.said, HasSubstr(line));
  EXPECT_EQ(server.said.find(line), server.said.rfind(line));
}

TEST(watch, survives_a_restart_of_the_server) {
  recorded_server server;
  server.then(200, running).then(200, "[]").then(0, "refused").then(503, problem("draining", 503, "going down"));
  server.then(200, completed).then(200, "[]");
  EXPECT_EQ(server.run({"watch", id}), exit_code::ok) << server.complained;
}

TEST(watch, gives_up_on_a_server_that_stays_away) {
  recorded_server server;
  EXPECT_EQ(server.run({"watch", id}), exit_code::unreachable);
  EXPECT_LT(server.times_asked(), 400U);
}

TEST(watch, ends_when_its_time_is_over) {
  recorded_server server;
  server.then(200, stuck).then(200, "[]").then(200, stuck);
  EXPECT_EQ(server.run({"watch", id, "--for", "1s"}), exit_code::not_final);
  EXPECT_TRUE(server.all_answers_taken());
}

constexpr const char* listed_stuck =
    R"({"id":"01KB0000000000000000000000","definition":"sale","state":"stuck","direction":"forward","seq":9,)"
    R"("started":"2026-11-18T11:06:30.000Z","changed":"2026-11-18T11:06:38.000Z","trouble":{"step":"rate",)"
    R"("operation":"action","state":"blocked","blocked_by":"budget_spent","cause":"not_sent"}})";
constexpr const char* listed_compensated =
    R"({"id":"01KA0000000000000000000000","key":"order-1","definition":"sale","state":"compensated","outcome":"compensated",)"
    R"("started":"2026-11-18T11:06:30.000Z","changed":"2026-11-18T11:06:38.000Z",)"
    R"("turned_back":{"cause":"rejected","step":"pay"}})";

std::string a_page(const std::string& sagas, const std::string& more) {
  return R"({"as_of":"2026-11-18T11:06:40.000Z","lag_ms":5,)" + more + R"("sagas":[)" + sagas + "]}";
}

TEST(records, are_shown_from_one_of_them_on) {
  recorded_server server;
  server.then(200, R"([{"seq":12,"time":"t","events":[{"event":"done"}]}])");
  EXPECT_EQ(server.run({"records", "01KB0000000000000000000000", "--from", "12"}), exit_code::ok);
  EXPECT_EQ(server.asked(0).target, "/v1/sagas/01KB0000000000000000000000/events?after=11&limit=1000");
}

constexpr const char* event_page =
    R"({"next":"17-5","at_end":false,"events":[{"saga":"01KB","seq":2,"time":"t","events":[{"event":"started"}]}]})";

TEST(events, go_from_a_place_to_the_end) {
  recorded_server server;
  server.then(200, event_page).then(200, R"({"next":"17-9","at_end":true,"events":[]})");
  EXPECT_EQ(server.run({"events", "--from", "17-4", "--definition", "sale", "--event", "started,done"}), exit_code::ok);
  EXPECT_EQ(server.asked(0).target, "/v1/events?limit=1000&after=17-4&definition=sale&event=started%2Cdone");
  EXPECT_EQ(server.asked(1).target, "/v1/events?limit=999&after=17-5&definition=sale&event=started%2Cdone");
  EXPECT_EQ(server.said, "01KB  t  2  started\n");
}

TEST(events, say_where_more_of_them_are) {
  recorded_server server;
  server.then(200, event_page).then(200, event_page);
  EXPECT_EQ(server.run({"events", "--limit", "1"}), exit_code::ok);
  EXPECT_EQ(server.said, "01KB  t  2  started\nMore: the same with --from 17-5\n");
  EXPECT_EQ(server.run({"events", "--limit", "1", "--json"}), exit_code::ok);
  EXPECT_EQ(server.said, std::string(event_page) + "\n");
}

TEST(events, are_followed_for_a_while) {
  recorded_server server;
  const auto* nothing = R"({"next":"17-5","at_end":true,"events":[]})";
  server.then(200, nothing).then(200, event_page).then(200, nothing).then(200, nothing).then(0, "gone");
  EXPECT_EQ(server.run({"events", "--from", "now", "--follow", "--for", "300ms"}), exit_code::ok);
  EXPECT_EQ(server.said, "01KB  t  2  started\n");
  EXPECT_EQ(server.times_asked(), 4U);
  EXPECT_EQ(server.run({"events", "--from", "17-5"}), exit_code::unreachable);
  EXPECT_THAT(server.complained, HasSubstr("next: is sagad running there? `sagad --config sagad.yaml` starts it."));
  EXPECT_THAT(server.complained, HasSubstr("go on with --from 17-5"));
}

TEST(list, asks_for_what_was_named) {
  recorded_server server;
  server.then(200, a_page(listed_stuck, R"("next":null,)"));
  EXPECT_EQ(
      server.run({"list", "--state", "stuck,paused", "--definition", "sale@2",      "--since",  "90s",     "--until",
                  "30s",  "--step",  "rate",         "--error",      "not_sent",    "--key",    "k",       "--starter",
                  "shop", "--text",  "a b",          "--label",      "region=eu=1", "--counts", "--limit", "7",
                  "--id", "01KB"}),
      exit_code::ok);
  EXPECT_EQ(
      server.asked(0).target,
      "/v1/sagas?limit=7&state=stuck%2Cpaused&id=01KB&definition=sale%402&since=2026-11-18T11%3A05%3A10.000Z"
      "&until=2026-11-18T11%3A06%3A10.000Z&step=rate&error=not_sent&key=k&starter=shop&text=a%20b&label.region=eu%3D1&"
      "counts=true");
  EXPECT_THAT(server.said, HasSubstr("rate: blocked, the participant could not be reached"));
  EXPECT_THAT(server.said, HasSubstr("10s ago"));
  EXPECT_THAT(server.said, HasSubstr("1 saga, as of 2026-11-18T11:06:40.000Z\n"));
  EXPECT_THAT(server.said, Not(HasSubstr("More")));
}

TEST(list, knows_times_states_and_errors_before_it_asks) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong{
      {{"--since", "yesterday"}, "'yesterday' is no time: write 2h or 7d, back from now, or 2026-05-04"},
      {{"--until", "2026-05-04 10:20"}, "'2026-05-04 10:20' is no time"},
      {{"--since", "1h", "--until", "2h"}, "--until 2h is not after --since 1h"},
      {{"--since", "2026-05-04", "--until", "2026-05-04"}, "--since 2026-05-04 --until 2026-05-05"},
      {{"--state", "stuck,pausd"}, "'pausd' is no state: did you mean `paused`?"},
      {{"--error", "time_out"}, "'time_out' is no error: did you mean `timed_out`?"},
  };
  for (const auto& [options, told] : wrong) {
    for (const std::vector<std::string>& command : {std::vector<std::string>{"list"}, {"retry", "--all"}}) {
      auto typed = command;
      typed.insert(typed.end(), options.begin(), options.end());
      recorded_server server;
      EXPECT_EQ(server.run(typed), exit_code::usage);
      EXPECT_THAT(server.complained, HasSubstr(told));
      EXPECT_EQ(server.times_asked(), 0U);
    }
  }
  recorded_server server;
  server.then(200, a_page(listed_stuck, R"("next":null,)"));
  EXPECT_EQ(server.run({"list", "--since", "7d", "--until", "2026-11-18T12:06:10.5+01:00"}), exit_code::ok);
  EXPECT_EQ(server.asked(0).target,
            "/v1/sagas?limit=50&since=2026-11-11T11%3A06%3A40.000Z&until=2026-11-18T12%3A06%3A10.5%2B01%3A00");
}

TEST(list, finds_what_has_an_empty_label) {
  recorded_server server;
  server.then(200, a_page(listed_stuck, R"("next":null,)"));
  EXPECT_EQ(server.run({"list", "--label", "region="}), exit_code::ok);
  EXPECT_THAT(server.asked(0).target, HasSubstr("label.region="));
}

TEST(list, says_how_a_label_is_written) {
  for (const auto* label : {"region", "=eu"}) {
    recorded_server server;
    EXPECT_EQ(server.run({"list", "--label", label}), exit_code::usage);
    EXPECT_THAT(server.complained, HasSubstr("'" + std::string(label) + "' is no label: write --label region=eu"));
    EXPECT_EQ(server.times_asked(), 0U);
  }
}

TEST(list, says_why_a_saga_turned_back_and_how_to_go_on) {
  recorded_server server;
  server.then(200, a_page(listed_compensated,
                          R"("next":"01KA0000000000000000000000","searched_to":"2026-11-17T00:00:00.000Z",)"));
  EXPECT_EQ(server.run({"list", "--cursor", "01KB0000000000000000000000"}), exit_code::ok);
  EXPECT_EQ(server.asked(0).target, "/v1/sagas?limit=50&cursor=01KB0000000000000000000000");
  EXPECT_THAT(server.said, HasSubstr("pay: the participant said no"));
  EXPECT_THAT(server.said, HasSubstr("SAGA                        KEY      DEFINITION"));
  EXPECT_THAT(server.said, HasSubstr("01KA0000000000000000000000  order-1  sale"));
  EXPECT_THAT(server.said, HasSubstr("Searched back to 2026-11-17T00:00:00.000Z. More: the same with --cursor "
                                     "01KA0000000000000000000000, or --all"));
}

TEST(list, goes_to_the_last_page_when_all_are_wanted) {
  recorded_server server;
  server.then(200, a_page(listed_stuck, R"("next":"01KB0000000000000000000000",)"))
      .then(200, a_page(listed_compensated, R"("next":null,)"));
  EXPECT_EQ(server.run({"list", "--all"}), exit_code::ok);
  EXPECT_EQ(server.asked(1).target, "/v1/sagas?limit=50&cursor=01KB0000000000000000000000");
  EXPECT_TRUE(server.all_answers_taken());
  EXPECT_THAT(server.said, HasSubstr("2 sagas, as of"));
}

TEST(list, gives_programs_each_page_on_a_line) {
  recorded_server server;
  const auto first = a_page(listed_stuck, R"("next":"01KB0000000000000000000000",)");
  const auto last = a_page("", R"("next":null,)");
  server.then(200, first).then(200, last);
  EXPECT_EQ(server.run({"--json", "list", "--all"}), exit_code::ok);
  EXPECT_EQ(server.said, first + "\n" + last + "\n");
}

TEST(list, shows_how_many_there_are) {
  recorded_server server;
  server.then(200, a_page("", R"("next":null,"counts":{"sale":{"stuck":3,"completed":41}},)"));
  EXPECT_EQ(server.run({"list", "--counts"}), exit_code::ok);
  EXPECT_THAT(server.said, HasSubstr("sale        0        0             3      0       41         0            0"));
}

TEST(list, names_in_its_help_the_errors_that_it_takes) {
  recorded_server server;
  EXPECT_EQ(server.run({"list", "--help"}), exit_code::ok);
  const auto at = server.said.find("\nErrors: ");
  ASSERT_NE(at, std::string::npos) << server.said;
  const auto errors = server.said.substr(at);
  EXPECT_THAT(errors, StartsWith("\nErrors: rejected, rendering, deadline, "));
  for (const char* name : {"timed_out", "no_late_answer", "compensate_command", "unknown_participant", "internal."}) {
    EXPECT_THAT(errors, HasSubstr(name));
  }
  EXPECT_THAT(errors, Not(HasSubstr("?")));
}

TEST(list, says_that_there_is_none) {
  recorded_server server;
  server.then(200, R"({"as_of":"2026-11-18T11:06:40.000Z","sagas":[]})");
  EXPECT_EQ(server.run({"list"}), exit_code::ok);
  EXPECT_EQ(server.said, "No sagas yet, as of 2026-11-18T11:06:40.000Z\n");

  recorded_server narrowed;
  narrowed.then(200, R"({"as_of":"2026-11-18T11:06:40.000Z","sagas":[]})");
  EXPECT_EQ(narrowed.run({"list", "--state", "stuck"}), exit_code::ok);
  EXPECT_EQ(narrowed.said, "No such saga, as of 2026-11-18T11:06:40.000Z\n");
}

TEST(list, that_is_empty_says_which_definition_was_meant) {
  const std::string none = R"({"as_of":"2026-11-18T11:06:40.000Z","sagas":[]})";
  const std::string definitions = R"({"definitions":[{"name":"sale"},{"name":"booking"}]})";
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"--json"}}) {
    recorded_server server;
    server.then(200, none).then(200, definitions);
    std::vector<std::string> typed{"list", "--definition", "bookin@2"};
    typed.insert(typed.end(), more.begin(), more.end());
    EXPECT_EQ(server.run(typed), exit_code::usage);
    EXPECT_EQ(server.asked(1).target, "/v1/definitions");
    EXPECT_EQ(server.complained, "sagactl: there is no definition `bookin`: did you mean `booking`?\n");
  }
}

TEST(list, that_is_empty_says_which_step_and_which_label_were_meant) {
  recorded_server server;
  server.then(200, a_page("", R"("next":null,)")).then(200, R"({"definitions":[{"name":"sale"}]})");
  server.then(200, R"({"definition":{"labels":{"region":{}},"steps":[{"step":"settle"},{"step":"rate"}]}})");
  EXPECT_EQ(server.run({"list", "--step", "setle", "--label", "regin=eu", "--label", "mine=1"}), exit_code::ok);
  EXPECT_EQ(server.asked(2).target, "/v1/definitions/sale");
  EXPECT_EQ(server.complained,
            "sagactl: `sale` has no step `setle`: did you mean `settle`?\n"
            "sagactl: `sale` has no label `regin`: did you mean `region`?\n");
}

TEST(list, that_is_empty_is_good_where_there_is_such_a_definition_or_nobody_may_know) {
  const std::string none = R"({"as_of":"2026-11-18T11:06:40.000Z","sagas":[]})";
  recorded_server known;
  known.then(200, none).then(200, R"({"definitions":[{"name":"sale"}]})");
  EXPECT_EQ(known.run({"list", "--definition", "sale@1"}), exit_code::ok);
  EXPECT_EQ(known.complained, "");

  recorded_server secret;
  secret.then(200, none).then(403, problem("forbidden", 403, "no"));
  EXPECT_EQ(secret.run({"list", "--definition", "sael"}), exit_code::ok);
  EXPECT_TRUE(secret.all_answers_taken());
  EXPECT_EQ(secret.complained, "");

  recorded_server later;
  later.then(200, none);
  EXPECT_EQ(later.run({"list", "--definition", "sael", "--cursor", "c"}), exit_code::ok);
  EXPECT_EQ(later.times_asked(), 1U);
}

TEST(records, are_shown_one_event_a_line) {
  recorded_server server;
  server.then(200, all_records);
  EXPECT_EQ(server.run({"records", id}), exit_code::ok);
  EXPECT_EQ(server.asked(0).target, "/v1/sagas/01KB0000000000000000000000/events?after=0&limit=1000");
  EXPECT_THAT(server.said, HasSubstr("1       2026-11-18T11:06:30.000Z  start   running   started, key order-1"));
  EXPECT_THAT(server.said, HasSubstr("\n                                                    calls escrow\n"));
}

std::string page_of(int first, int count) {
  std::string page = "[";
  for (int seq = first; seq < first + count; ++seq) {
    page += (seq == first ? "" : ",") + std::string(R"({"seq":)") + std::to_string(seq) + R"(,"events":[]})";
  }
  return page + "]";
}

TEST(records, of_another_kind_of_server_are_none) {
  for (const auto* body : {"{}", "[1]", R"([{"title":"a"}])", "<html>"}) {
    recorded_server server;
    server.then(200, body);
    EXPECT_EQ(server.run({"records", id}), exit_code::unreachable) << body;
    EXPECT_THAT(server.complained, HasSubstr("not as sagad does"));
  }
}

TEST(answers, with_the_right_names_and_other_types_are_of_another_kind_of_server) {
  struct wrong {
    std::vector<std::string> typed;
    std::string body;
    std::string why;
  };
  const std::vector<wrong> all{
      {{"get", id}, R"({"id":7})", "`id` is not text"},
      {{"get", id}, R"({"id":"01KB","state":{"is":"running"}})", "`state` is not text"},
      {{"get", id}, R"({"id":"01KB","seq":"3"})", "`seq` is not an integer"},
      {{"get", id}, R"({"id":"01KB","steps":{"a":1}})", "`steps` is not a list"},
      {{"get", id}, R"({"id":"01KB","steps":["a"]})", "its list has an element that is no object"},
      {{"list"}, R"({"sagas":{}})", "`sagas` is not a list"},
      {{"list"}, R"({"sagas":[{"id":[]}]})", "`id` is not text"},
      {{"list"}, R"({"sagas":[],"next":5})", "`next` is not text"},
      {{"list", "--counts"}, R"({"sagas":[],"counts":[]})", "`counts` is not an object"},
      {{"events"}, R"({"events":[],"at_end":false})", "it has no `next`"},
      {{"events"}, R"({"events":[{"seq":"1"}],"next":"a"})", "`seq` is not an integer"},
      {{"records", id}, R"([{"seq":1,"events":{}}])", "`events` is not a list"},
      {{"records", id}, "<html>", "it is no list"},
      {{"definitions", "list"}, R"({"definitions":[{"name":1}]})", "`name` is not text"},
      {{"definitions", "get", "sale"}, R"({"definition":"sale"})", "`definition` is not an object"},
      {{"participants"}, R"({"participants":[{"name":"a","endpoints":"b"}]})", "`endpoints` is not a list"},
      {{"job", "j"}, R"({"found":"many"})", "`found` is not an integer"},
      {{"health"}, R"({"status":1})", "`status` is not text"},
      {{"start", "sale"}, R"({"id":true})", "`id` is not text"},
      {{"start", "sale"}, "<html>", "it is no JSON"},
      {{"retry", id, "--any-seq"}, R"({"id":1})", "`id` is not text"},
  };
  for (const auto& one : all) {
    recorded_server server;
    server.then(200, one.body);
    EXPECT_EQ(server.run(one.typed), exit_code::unreachable) << one.body;
    EXPECT_EQ(server.said, "");
    EXPECT_THAT(server.complained, HasSubstr("answered 200, and not as sagad does: " + one.why + "\n")) << one.body;
    EXPECT_THAT(server.complained, HasSubstr("  next: is that address sagad's"));
  }
}

TEST(answers, of_later_sagads_may_have_more_and_lack_what_is_not_needed) {
  recorded_server server;
  server.then(200, R"({"id":"01KB","state":null,"new_here":[1],"steps":[]})");
  EXPECT_EQ(server.run({"get", id}), exit_code::ok) << server.complained;
}

TEST(pages, that_do_not_go_on_are_of_another_kind_of_server) {
  recorded_server sagas;
  const std::string page = R"({"sagas":[],"next":"01KB"})";
  sagas.then(200, page).then(200, page);
  EXPECT_EQ(sagas.run({"list", "--all", "--json"}), exit_code::unreachable);
  EXPECT_THAT(sagas.complained, HasSubstr("not as sagad does: its pages do not go on"));
  recorded_server in_a_ring;
  const std::string other = R"({"sagas":[],"next":"01KA"})";
  in_a_ring.then(200, page).then(200, other).then(200, page);
  EXPECT_EQ(in_a_ring.run({"list", "--all", "--json"}), exit_code::unreachable);
  EXPECT_THAT(in_a_ring.complained, HasSubstr("not as sagad does: its pages do not go on"));
  EXPECT_TRUE(in_a_ring.all_answers_taken());
  recorded_server records;
  records.then(200, page_of(1, 1000)).then(200, page_of(1, 1000));
  EXPECT_EQ(records.run({"records", id}), exit_code::unreachable);
  EXPECT_THAT(records.complained, HasSubstr("not as sagad does: its records do not go on"));
}

TEST(answers, of_somebody_between_say_what_to_look_at) {
  const std::string forbidden = "<html><h1>403 Forbidden</h1></html>";
  for (const auto& typed :
       {std::vector<std::string>{"list"}, {"get", id}, {"definitions", "list"}, {"retry", id, "--any-seq"}}) {
    recorded_server proxy;
    proxy.then(403, forbidden);
    EXPECT_EQ(proxy.run(typed), exit_code::refused);
    EXPECT_THAT(
        proxy.complained,
        ::testing::StartsWith("sagactl: http://127.0.0.1:7070 answered 403, and not as sagad does: " + forbidden +
                              "\n  next: is that address sagad's? --server URL, or SAGACTL_SERVER. If a proxy stands "
                              "between, it refuses: its log, or whoever runs it, knows why.\n"));
  }
  recorded_server gateway;
  gateway.then(504, R"({"message":"upstream"})");
  EXPECT_EQ(gateway.run({"get", id}), exit_code::unreachable);
  EXPECT_THAT(gateway.complained, HasSubstr("If a proxy stands between: is sagad running behind it?"));
}

TEST(records, that_are_not_there_are_said_to_be_none) {
  recorded_server server;
  server.then(200, "[]");
  EXPECT_EQ(server.run({"records", id, "--from", "99"}), exit_code::ok);
  EXPECT_EQ(server.said, "No such record\n");
}

TEST(events, that_are_none_say_which_definition_was_meant) {
  recorded_server server;
  server.then(200, R"({"next":"17-5","at_end":true,"events":[]})");
  server.then(200, R"({"definitions":[{"name":"booking"}]})");
  EXPECT_EQ(server.run({"events", "--definition", "bookin"}), exit_code::usage);
  EXPECT_EQ(server.said, "No such record\n");
  EXPECT_EQ(server.complained, "sagactl: there is no definition `bookin`: did you mean `booking`?\n");
}

TEST(records, are_asked_for_page_by_page) {
  recorded_server server;
  server.then(200, page_of(1, 1000)).then(200, page_of(1001, 1000)).then(200, page_of(2001, 3));
  EXPECT_EQ(server.run({"records", id, "--json"}), exit_code::ok);
  EXPECT_EQ(server.said, page_of(1, 2003) + "\n");
  EXPECT_THAT(server.asked(2).target, HasSubstr("/events?after=2000&limit=1000"));

  recorded_server large;
  large.then_a_page(page_of(1, 2)).then_a_page(page_of(3, 1)).then(200, page_of(4, 2));
  EXPECT_EQ(large.run({"records", id, "--json"}), exit_code::ok);
  EXPECT_EQ(large.said, page_of(1, 5) + "\n");

  recorded_server exact;
  exact.then(200, page_of(1, 1000)).then(200, "[]");
  EXPECT_EQ(exact.run({"records", id, "--json"}), exit_code::ok);
  EXPECT_EQ(exact.said, page_of(1, 1000) + "\n");

  recorded_server cut;
  cut.then(200, page_of(1, 1000)).then(503, problem("overloaded", 503, "later"));
  EXPECT_EQ(cut.run({"records", id}), exit_code::refused);
  EXPECT_EQ(cut.said, "");
}

TEST(health, is_refused_while_the_server_is_not_ready) {
  recorded_server server;
  server.then(200, R"({"status":"alive"})").then(503, problem("overloaded", 503, "7 sagas are still being loaded"));
  EXPECT_EQ(server.run({"health"}), exit_code::refused);
  EXPECT_THAT(server.complained, HasSubstr("7 sagas are still being loaded"));
  EXPECT_THAT(server.complained, HasSubstr("is not ready, for the reason above"));

  recorded_server ready;
  ready.then(200, R"({"status":"alive"})").then(200, R"({"status":"ready"})");
  EXPECT_EQ(ready.run({"health"}), exit_code::ok);

  recorded_server beginning;
  beginning.then(0, "refused").then(200, R"({"status":"alive"})").then(503, problem("overloaded", 503, "loading"));
  beginning.then(200, R"({"status":"alive"})").then(200, R"({"status":"ready"})");
  EXPECT_EQ(beginning.run({"health", "--wait", "10s"}), exit_code::ok);
  EXPECT_TRUE(beginning.all_answers_taken());

  recorded_server absent;
  for (int asked = 0; asked < 11; ++asked) absent.then(0, "refused");
  EXPECT_EQ(absent.run({"health", "--wait", "1s"}), exit_code::unreachable);
  EXPECT_TRUE(absent.all_answers_taken());

  recorded_server other;
  other.then(200, R"({"status":"ok"})").then(200, R"({"status":"ok"})");
  EXPECT_EQ(other.run({"health"}), exit_code::unreachable);
}

}  // namespace
}  // namespace sagad::sagactl::testing

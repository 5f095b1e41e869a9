#include "rehearsal/cases.hpp"

#include <gmock/gmock.h>

#include "tests/unit/rehearsal/tried.hpp"

namespace sagad::rehearsal::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

read_result read(const std::string& definition_text, const std::string& text) {
  const auto definition = tests::load_definition(definition_text);
  return read_cases(text, *definition, make_sample(definition, std::nullopt));
}

// `2:3 what is wrong`: each mistake of a file of cases for `order`.
std::vector<std::string> mistakes_of(const std::string& text, const std::string& definition_text = order) {
  std::vector<std::string> out;
  const auto result = read(definition_text, text);
  const auto* mistakes = std::get_if<std::vector<definition::mistake>>(&result);
  if (mistakes == nullptr) return out;
  for (const auto& one : *mistakes) {
    out.push_back(std::to_string(one.line) + ":" + std::to_string(one.column) + " " + one.text);
  }
  return out;
}

// `what: expected / got` of every miss of the only case.
std::vector<std::string> misses_of(const std::string& rest, const std::string& definition_text = order) {
  const auto definition = tests::load_definition(definition_text);
  const auto result = read_cases("cases:\n- case: x\n" + rest, *definition, make_sample(definition, std::nullopt));
  const auto& cases = std::get<std::vector<test_case>>(result);
  std::vector<std::string> out;
  for (const auto& one : judge(cases.at(0), *definition, perform(definition, cases.at(0).script))) {
    EXPECT_GT(one.at.line, 0U);
    out.push_back(one.what + ": " + one.expected + " / " + one.got);
  }
  return out;
}

TEST(cases, hold_what_they_expect_against_what_is_played) {
  EXPECT_THAT(misses_of(R"(
  input: {item: sword, count: 2}
  answers:
    reserve: [unreachable, {body: {id: r-1}}]
  expect:
    state: completed
    calls: [reserve x2, pay, ship x1]
    undone: []
    stuck: []
    passed_over: []
    turned_back: nothing
    within: 1s
    output: {reservation: r-1}
    requests:
      reserve: {path: /reserve, body: {count: 2, item: sword}}
)"),
              IsEmpty());
}

TEST(cases, tell_every_expectation_that_is_missed) {
  auto may_pass_over_pay = order;
  may_pass_over_pay.insert(order.find("    participant: p\n    action: {post: /pay"),
                           "    when: \"${input.count > 0}\"\n");
  EXPECT_THAT(misses_of(R"(
  input: {item: sword, count: 2}
  answers: {reserve: unknown, undo reserve: unknown}
  expect:
    state: completed
    calls: [reserve x2, undo reserve]
    undone: [reserve]
    stuck: [ship]
    passed_over: [pay]
    turned_back: pay
    within: 1ms
    output: {a: 1}
    requests:
      reserve: {path: /other, body: {count: 3}}
      pay: {body: {}}
      undo reserve: {body: {}}
)",
                        may_pass_over_pay),
              ElementsAre("state: completed / stuck",
                          AllOf(StartsWith("calls: reserve x2, undo reserve / reserve x3, undo reserve x")),
                          "undone: reserve / nothing", "stuck: ship / undo reserve", "passed over: pay / nothing",
                          "turned back by: pay / reserve", HasSubstr(R"(output: {"a":1} / none: the saga is stuck)"),
                          StartsWith("time: at most 1ms / "), "path of reserve: /other / /reserve",
                          R"(body of reserve: {"count":3} / {"count":2,"item":"sword"})",
                          "body of pay: {} / it is not called", "body of undo reserve: {} / it has no body"));
}

TEST(cases, compare_bodies_by_value_and_numbers_by_their_text) {
  const std::string expects = "  input: {item: a, count: 10}\n  expect: {requests: {reserve: {body: ";
  EXPECT_THAT(misses_of(expects + "{\"item\": \"\\u0061\", \"count\": 10}}}}\n"), IsEmpty());
  EXPECT_THAT(misses_of(expects + "{item: a, count: 10.0}}}}\n"), ::testing::SizeIs(1));
}

constexpr const char* with_headers = R"(
saga: told
steps:
  - step: tell
    participant: p
    action: {post: /tell, headers: {X-Tenant: "${input.tenant}", X-Depth: 2}}
    compensation: {post: /untell}
)";

TEST(cases, compare_all_headers_that_the_definition_sets_by_name_and_text) {
  const auto missed = [](const std::string& headers, const std::string& of = "tell") {
    return misses_of("  input: {tenant: eu}\n  answers: {tell: rejected}\n  expect: {requests: {" + of +
                         ": {headers: " + headers + "}}}\n",
                     with_headers);
  };
  EXPECT_THAT(missed("{X-Tenant: eu, X-Depth: 2}"), IsEmpty());
  EXPECT_THAT(missed("{x-depth: \"2\", x-tenant: eu}"), IsEmpty());
  EXPECT_THAT(missed("{x-tenant: us, X-Depth: 2}"),
              ElementsAre(R"(headers of tell: {"X-Depth":"2","X-Tenant":"us"} / {"X-Depth":"2","X-Tenant":"eu"})"));
  EXPECT_THAT(missed("{X-Tenant: eu}"),
              ElementsAre(R"(headers of tell: {"X-Tenant":"eu"} / {"X-Depth":"2","X-Tenant":"eu"})"));
  EXPECT_THAT(missed("{X-Tenant: eu, X-Depth: 2, X-More: a}"), ::testing::SizeIs(1));
  EXPECT_THAT(missed("{}"), ::testing::SizeIs(1));
  EXPECT_THAT(missed("{X-Tenant: eu}", "undo tell"),
              ElementsAre(R"(headers of undo tell: {"X-Tenant":"eu"} / it is not called)"));
  EXPECT_THAT(misses_of("  expect: {requests: {reserve: {headers: {}}}}\n"), IsEmpty());
}

TEST(cases, can_expect_no_header_that_sagad_sets_itself) {
  const auto mistakes = [](const std::string& headers) {
    return mistakes_of("cases: [{case: x, expect: {requests: {pay: {headers: " + headers + "}}}}]\n");
  };
  EXPECT_THAT(mistakes("{Saga-Id: a}"), ElementsAre(StartsWith("1:55 the header `Saga-Id` is set by sagad itself")));
  EXPECT_THAT(mistakes("{authorization: a}"), ElementsAre(HasSubstr("is set by sagad itself")));
  EXPECT_THAT(mistakes("{X-A: a, x-a: b}"), ElementsAre(StartsWith("1:63 the header `x-a` is expected twice")));
  EXPECT_THAT(mistakes("{X-A: [a]}"), ElementsAre(StartsWith("1:60 the header `X-A` is a list, where text")));
  EXPECT_THAT(mistakes("[a]"), ElementsAre(StartsWith("1:54 `headers` is a mapping")));
}

TEST(cases, know_all_words_for_answers) {
  const std::string expects = "\n  expect: {calls: [reserve, pay, ship]}\n";
  EXPECT_THAT(misses_of("  answers: {reserve: done}" + expects), IsEmpty());
  EXPECT_THAT(misses_of("  answers: {reserve: rejected}\n  expect: {state: compensated, undone: []}\n"), IsEmpty());
  EXPECT_THAT(misses_of("  answers: {reserve: unknown}\n  expect: {calls: [reserve x3, undo reserve]}\n"), IsEmpty());
  EXPECT_THAT(misses_of("  answers: {reserve: unreachable}\n  expect: {calls: [reserve], undone: []}\n"), IsEmpty());
  EXPECT_THAT(misses_of("  answers: {reserve: [busy, busy, busy, busy, done]}\n"
                        "  expect: {calls: [reserve x5, pay, ship], state: completed}\n"),
              IsEmpty());
  EXPECT_THAT(misses_of("  answers: {reserve: {takes: 2s}}\n  expect: {turned_back: reserve}\n"), IsEmpty());
  EXPECT_THAT(misses_of("  answers: {reserve: [{status: 429, retry_after: 2s}, done]}\n  expect: {within: 1s}\n"),
              ElementsAre(StartsWith("time: at most 1s / 2")));
  EXPECT_THAT(misses_of("  answers: {reserve: {late: failed, after: 5m}}\n  expect: {undone: [reserve]}\n",
                        late_order("callback")),
              IsEmpty());
  EXPECT_THAT(misses_of("  answers: {reserve: {late: done, after: 5m, body: {id: r-5}}}\n"
                        "  expect: {state: completed, requests: {ship: {body: {reservation: r-5}}}}\n",
                        late_order("callback")),
              IsEmpty());
  EXPECT_THAT(misses_of("  answers: {reserve: {late: never}}\n  expect: {turned_back: deadline}\n",
                        "deadline: 1h\n" + late_order("callback")),
              IsEmpty());
}

TEST(cases, share_input_and_answers_unless_they_say_otherwise) {
  const auto result = read(order, R"(
input: {item: a, count: 1}
answers: {reserve: rejected, pay: rejected}
cases:
  - {case: x, expect: {state: compensated}}
  - {case: y, input: {item: b, count: 2}, answers: {reserve: done}, expect: {state: compensated}}
)");
  const auto& cases = std::get<std::vector<test_case>>(result);
  EXPECT_EQ(cases.at(0).script.input, R"({"item":"a","count":1})");
  EXPECT_EQ(cases.at(0).script.actions[0].at(0).status, 409);
  EXPECT_EQ(cases.at(1).script.input, R"({"item":"b","count":2})");
  EXPECT_EQ(cases.at(1).script.actions[0].at(0).status, 200);
  EXPECT_EQ(cases.at(1).script.actions[1].at(0).status, 409);
}

TEST(cases, are_told_all_their_mistakes_with_their_places) {
  EXPECT_THAT(
      mistakes_of(R"(input: 7
answers: {resrve: done, pay: no}
cases:
  - cas: x
  - case: y
    answers: {ship: {status: 99, late: done}, undo ship: done, pay: {after: 1s}, reserve: []}
    expect: {state: ended, calls: [reserv x2], undone: pay, stuck: [ship x2], turned_back: shop, within: 5}
  - case: y
    expect: {}
  - {case: z, expect: {requests: {py: {bdy: 1}}}}
)"),
      ElementsAre(StartsWith("2:11 the definition has no step or undo `resrve`: did you mean `reserve`?"),
                  StartsWith("2:30 `no` is no answer"), StartsWith("4:5 unknown key `cas` in a case"),
                  StartsWith("4:5 this case has no name"), StartsWith("4:5 this case expects nothing"),
                  StartsWith("6:30 `status` is `99`"), StartsWith("6:40 `ship` does not declare"),
                  StartsWith("6:47 the definition has no step or undo `undo ship`"),
                  StartsWith("6:77 `after` says when a late answer comes"),
                  StartsWith("6:91 this list of answers is empty"), StartsWith("7:21 `state` is `ended`"),
                  StartsWith("7:36 the definition has no step or undo `reserv`"), StartsWith("7:56 `undone` is a list"),
                  StartsWith("7:69 the definition has no step or undo `ship x2`"),
                  StartsWith("7:92 the definition has no step `shop`"), StartsWith("7:106 `within: 5` has no unit"),
                  StartsWith("8:11 `y` is the name of another case"), StartsWith("9:13 `expect` is empty"),
                  StartsWith("10:35 the definition has no step or undo `py`"),
                  StartsWith("10:40 unknown key `bdy` in a request")));
}

TEST(cases, are_told_how_it_is_written_what_they_write_in_other_words) {
  EXPECT_THAT(mistakes_of("cases:\n- {name: x, answers: {pay: 409}, expect: completed}"),
              ElementsAre("2:3 this case has no name: write `case: NAME`",
                          "2:4 unknown key `name` in a case: did you mean `case`?",
                          "2:28 an answer is a mapping, as in {status: 409}, and here stands a number",
                          "2:42 `expect` is a mapping, as in {state: completed}, and here stands text"));
}

TEST(cases, are_told_when_they_expect_what_never_happens) {
  const auto kinds = R"(
saga: kinds
steps:
  - {step: look, participant: p, compensation: none, action: {post: /look}}
  - {step: hold, participant: p, compensation: {post: /release}, action: {post: /hold}}
  - {step: pay, kind: pivot, participant: p, action: {post: /pay}}
  - {step: ship, kind: retriable, participant: p, when: "${input.ships}", action: {post: /ship}}
)";
  EXPECT_THAT(
      mistakes_of("cases:\n- {case: x, expect: {undone: [ship, pay, hold, look], passed_over: [ship, hold]}}", kinds),
      ElementsAre("2:31 `ship` is retriable and has no compensation, so it is never undone: leave it out",
                  "2:37 `pay` is the pivot and has no compensation, so it is never undone: leave it out",
                  "2:48 `look` declares `compensation: none`, so it is never undone: leave it out",
                  "2:75 `hold` has no `when`, so it is never passed over: leave it out"));
}

TEST(cases, point_into_an_input_that_does_not_fit) {
  const auto definition = R"(
saga: s
input:
  type: object
  required: [list]
  properties: {list: {type: array, items: {type: object, required: [n], properties: {n: {type: integer}}}}}
steps: [{step: a, participant: p, action: {post: /a}, compensation: none}]
)";
  EXPECT_THAT(
      mistakes_of("input: {list: [{n: 1}, {n: é}, {}]}\ncases: [{case: x, expect: {state: completed}}]\n", definition),
      ElementsAre(StartsWith("1:28 the input does not fit at /list/1/n"),
                  StartsWith("1:32 the input does not fit at /list/2/n")));
}

TEST(cases, of_a_schema_that_nothing_can_be_made_up_for_need_an_input) {
  const auto definition = R"(
saga: s
input: {type: object, required: [a], properties: {a: {type: string, minLength: 70000}}}
steps: [{step: a, participant: p, action: {post: /a}, compensation: none}]
)";
  EXPECT_THAT(mistakes_of("cases:\n  - {case: x, expect: {state: completed}}\n", definition),
              ElementsAre(StartsWith("2:5 this case has no `input`")));
  EXPECT_THAT(
      mistakes_of("cases:\n  - {case: x, input: {a: " + std::string(70'000, 'q') + "}, expect: {state: completed}}\n",
                  definition),
      IsEmpty());
}

TEST(cases, are_a_file_with_something_in_it) {
  EXPECT_THAT(mistakes_of("# nothing\n"), ElementsAre("1:1 the file of cases is empty: it begins with `cases:`"));
  EXPECT_THAT(mistakes_of("cases: []\n"), ElementsAre(StartsWith("1:8 `cases` is a list of cases")));
  EXPECT_THAT(mistakes_of("[]\n"), ElementsAre(StartsWith("1:1 a file of cases is a mapping")));
  EXPECT_THAT(mistakes_of("cases: [{case: x, expect: {state: stuck}}]\n---\na: 1\n"),
              ElementsAre(HasSubstr("one file holds all cases of one definition")));
  EXPECT_THAT(mistakes_of("cases: ["), ElementsAre(HasSubstr("this is not YAML")));
}

}  // namespace
}  // namespace sagad::rehearsal::testing

#include <gmock/gmock.h>

#include <fstream>

#include "tests/unit/sagactl/recorded_server.hpp"
#include "tests/unit/sagactl/texts.hpp"

namespace sagad::sagactl::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(start, makes_a_key_where_none_is_given_and_prints_it) {
  recorded_server server;
  server.then(201, running);
  EXPECT_EQ(server.run({"start", "sale", "--input", R"({"price": 100})"}), exit_code::ok) << server.complained;
  EXPECT_EQ(server.asked(0).method, "POST");
  EXPECT_EQ(server.asked(0).target, "/v1/sagas");
  EXPECT_EQ(server.asked(0).body, R"({"definition":"sale","key":"fresh-1","input":{"price": 100}})");
  EXPECT_THAT(server.said, HasSubstr("fresh-1"));
  EXPECT_THAT(server.said, HasSubstr(id));
}

TEST(start, sends_everything_that_it_was_given) {
  recorded_server server;
  server.then(201, running);
  const auto ended = server.run({"start", "sale@2", "--key", "order-1", "--deadline", "30s", "--label", "region=eu",
                                 "--label", "who=\"a\"=b", "-"},
                                R"({"price": 18446744073709551615})");
  EXPECT_EQ(ended, exit_code::ok) << server.complained;
  EXPECT_EQ(server.asked(0).body,
            R"({"definition":"sale@2","key":"order-1","labels":{"region":"eu","who":"\"a\"=b"},"deadline":"30s",)"
            R"("input":{"price": 18446744073709551615}})");
}

TEST(start, reads_its_input_from_a_file) {
  const auto path = ::testing::TempDir() + "/sagactl_start_input.json";
  std::ofstream(path) << R"({"item": "sword"})";
  recorded_server server;
  server.then(201, running);
  EXPECT_EQ(server.run({"start", "sale", path}), exit_code::ok) << server.complained;
  EXPECT_THAT(server.asked(0).body, HasSubstr(R"("input":{"item": "sword"})"));
}

TEST(start, takes_its_input_from_a_file_as_a_body_is_taken) {
  recorded_server server;
  server.then(201, running);
  EXPECT_EQ(server.run({"start", "sale", "--input", "@-"}, R"({"item": "bow"})"), exit_code::ok) << server.complained;
  EXPECT_THAT(server.asked(0).body, HasSubstr(R"("input":{"item": "bow"})"));
}

TEST(start, says_why_a_file_cannot_be_read) {
  recorded_server server;
  for (const std::vector<std::string>& from :
       {std::vector<std::string>{"/no/such.json"}, {"--input", "@/no/such.json"}, {"--from", "/no/such.json"}}) {
    std::vector<std::string> arguments{"start", "sale"};
    arguments.insert(arguments.end(), from.begin(), from.end());
    EXPECT_EQ(server.run(arguments), exit_code::usage);
    EXPECT_EQ(server.complained, "sagactl: cannot read /no/such.json: No such file or directory\n");
  }
  EXPECT_EQ(server.run({"start", "sale", ::testing::TempDir()}), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr(": Is a directory\n"));
  EXPECT_EQ(server.times_asked(), 0U);
}

TEST(start, sends_nothing_when_the_input_is_no_json) {
  recorded_server server;
  EXPECT_EQ(server.run({"start", "sale", "--input", "{\n  \"price\": }"}), exit_code::usage);
  EXPECT_EQ(server.times_asked(), 0U);
  EXPECT_THAT(server.complained, HasSubstr("line 2, column 12"));
}

TEST(start, cannot_be_talked_into_other_members_by_its_input) {
  recorded_server server;
  EXPECT_EQ(server.run({"start", "sale", "--input", R"({}, "key": "stolen")"}), exit_code::usage);
  EXPECT_EQ(server.times_asked(), 0U);
}

TEST(start, says_a_file_that_is_not_there) {
  recorded_server server;
  EXPECT_EQ(server.run({"start", "sale", "/nowhere/at/all.json"}), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("/nowhere/at/all.json"));
}

TEST(start, waits_beyond_the_first_answer_and_ends_with_the_outcome) {
  recorded_server server;
  server.then(202, running).then(200, running).then(200, completed);
  EXPECT_EQ(server.run({"start", "sale", "--wait", "60s"}), exit_code::ok) << server.complained;
  EXPECT_THAT(server.asked(0).body, HasSubstr(R"("wait":"20000ms")"));
  EXPECT_THAT(server.asked(1).target, HasSubstr("wait=20000ms"));
  EXPECT_THAT(server.said, HasSubstr("completed"));
  EXPECT_THAT(server.said, HasSubstr("7.5000"));
}

TEST(start, tells_a_compensated_end_by_its_exit_code) {
  recorded_server server;
  server.then(200, compensated);
  EXPECT_EQ(server.run({"start", "sale", "--wait", "10s"}), exit_code::not_completed);
  EXPECT_THAT(server.said, HasSubstr("step transfer: the participant said no: Only 3 are left."));
}

TEST(start, tells_by_its_exit_code_that_the_time_is_over) {
  recorded_server server;
  server.then(202, running).then(200, running);
  EXPECT_EQ(server.run({"start", "sale", "--wait", "400ms"}), exit_code::not_final);
  EXPECT_THAT(server.said, HasSubstr("sagactl watch"));
}

TEST(start, says_to_look_at_a_saga_that_is_stuck) {
  recorded_server server;
  server.then(202, running).then(200, stuck);
  EXPECT_EQ(server.run({"start", "sale", "--wait", "400ms"}), exit_code::not_final);
  EXPECT_THAT(server.said, HasSubstr("next         sagactl get 01KB"));
}

TEST(start, says_the_key_when_nobody_knows_whether_it_was_started) {
  recorded_server server;
  server.then(0, "connection reset");
  EXPECT_EQ(server.run({"start", "sale"}), exit_code::unreachable);
  EXPECT_THAT(server.complained,
              HasSubstr("type `sagactl start sale --key fresh-1`. However often, it is started once."));

  recorded_server full;
  full.then(503, problem("durability-unknown", 503, "ask again", R"(,"saga":"01KB")"));
  EXPECT_EQ(full.run({"start", "sale", "--key", "mine"}), exit_code::refused);
  EXPECT_THAT(full.complained, HasSubstr("type `sagactl start sale --key mine`."));
  EXPECT_THAT(full.complained, HasSubstr("01KB"));
}

TEST(start, tells_each_misfit_of_its_input_once) {
  const auto told = [](const std::string& detail, const std::string& errors) {
    recorded_server server;
    server.then(422, problem("invalid-input", 422, detail, R"(,"errors":[)" + errors + "]"));
    EXPECT_EQ(server.run({"start", "sale"}), exit_code::refused);
    EXPECT_THAT(server.complained, Not(HasSubstr("--key")));
    return server.complained.substr(0, server.complained.find("  next: "));
  };
  const std::string price = R"({"pointer":"/price","detail":"is no integer"})";
  const std::string whole = R"({"pointer":"","detail":"must be an object, is 7"})";
  EXPECT_EQ(told("it does not fit the schema: /price is no integer", price),
            "sagactl: refused (422, invalid-input): it does not fit the schema: /price is no integer\n");
  EXPECT_EQ(told("it does not fit the schema: it must be an object, is 7", whole),
            "sagactl: refused (422, invalid-input): it does not fit the schema: it must be an object, is 7\n");
  EXPECT_EQ(told("it does not fit the schema: /price is no integer; there are 3 more", price + "," + whole),
            "sagactl: refused (422, invalid-input): it does not fit the schema; there are 3 more\n"
            "  /price: is no integer\n"
            "  /: must be an object, is 7\n");
  EXPECT_EQ(told("in other words", price),
            "sagactl: refused (422, invalid-input): in other words\n  /price: is no integer\n");
}

TEST(start, says_how_an_input_is_given) {
  recorded_server server;
  EXPECT_EQ(server.run({"start", "sale", "--input", "item=sword"}), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("next: correct it, as in --input '{\"item\": \"sword\"}' or --input @FILE"));
  EXPECT_EQ(server.run({"start", "sale", R"({"item":1})"}), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("JSON itself is given as --input '{\"item\":1}'"));
  EXPECT_EQ(server.times_asked(), 0U);
}

TEST(start, gives_programs_the_answer_alone) {
  recorded_server server;
  server.then(201, running);
  EXPECT_EQ(server.run({"start", "sale", "--json"}), exit_code::ok);
  EXPECT_EQ(server.said, running + "\n");
  EXPECT_THAT(
      server.complained,
      HasSubstr("again        `sagactl start sale --json --key fresh-1` is this saga, and starts no second one"));
}

TEST(start, believes_nobody_who_does_not_answer_as_sagad_does) {
  for (const std::string body : {"<html>log in</html>", "[1,2]", R"({"status":"ok"})", ""}) {
    recorded_server server;
    server.then(200, body);
    EXPECT_EQ(server.run({"start", "sale", "--key", "k"}), exit_code::unreachable) << body;
    EXPECT_THAT(server.complained, HasSubstr("answered 200, and not as sagad does"));
    EXPECT_THAT(server.complained, HasSubstr("Whether it was started is unknown"));
    EXPECT_EQ(server.said, "");
  }
}

TEST(start, is_unknown_when_a_proxy_answers_in_the_server_s_place) {
  recorded_server server;
  server.then(502, "<html>Bad Gateway</html>");
  EXPECT_EQ(server.run({"start", "sale", "--key", "k"}), exit_code::unreachable);
  EXPECT_THAT(server.complained, HasSubstr("Whether it was started is unknown"));
}

TEST(start, does_not_go_where_it_is_redirected) {
  recorded_server server;
  server.then(302, "");
  EXPECT_EQ(server.run({"start", "sale", "--key", "k"}), exit_code::unreachable);
  EXPECT_EQ(server.times_asked(), 1U);
}

}  // namespace
}  // namespace sagad::sagactl::testing

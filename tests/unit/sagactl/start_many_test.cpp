#include <gmock/gmock.h>

#include <fstream>

#include "sagactl/json_view.hpp"
#include "tests/unit/sagactl/recorded_server.hpp"
#include "tests/unit/sagactl/texts.hpp"

namespace sagad::sagactl::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* three = "{\"a\":1}\n\n{\"a\":2}\r\n{\"a\":1}\n";

std::string key_in(const http_request& request) {
  const auto document = parse_json(request.body);
  return json_view(&document).text("key");
}

exit_code start_all(recorded_server& server, const std::string& lines, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"start", "sale", "--from", "-", "--concurrency", "1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return server.run(arguments, lines);
}

TEST(start_many, starts_one_a_line_with_keys_that_are_the_same_the_next_time) {
  recorded_server server;
  server.then(201, running).then(201, running).then(201, running);
  EXPECT_EQ(start_all(server, three), exit_code::ok) << server.complained;
  EXPECT_EQ(server.times_asked(), 3U);
  EXPECT_THAT(server.asked(0).body, HasSubstr(R"("definition":"sale")"));
  EXPECT_THAT(server.asked(0).body, HasSubstr(R"("input":{"a":1}})"));
  EXPECT_THAT(server.said, HasSubstr("3 starts: 3 new, 0 were started before, 0 refused"));
  // Equal lines are sagas of their own; and another order or a line more changes no key.
  EXPECT_NE(key_in(server.asked(0)), key_in(server.asked(2)));
  recorded_server again;
  again.then(201, running).then(200, running).then(200, running).then(200, running);
  EXPECT_EQ(start_all(again, "{\"a\":3}\n{\"a\":2}\r\n{\"a\":1}\n{\"a\":1}\n"), exit_code::ok);
  EXPECT_EQ(key_in(again.asked(1)), key_in(server.asked(1)));
  EXPECT_EQ(key_in(again.asked(2)), key_in(server.asked(0)));
  EXPECT_EQ(key_in(again.asked(3)), key_in(server.asked(2)));
  EXPECT_THAT(again.said, HasSubstr("4 starts: 1 new, 3 were started before"));
}

TEST(start_many, of_a_file_that_has_no_json_says_what_is_wanted) {
  recorded_server server;
  EXPECT_EQ(start_all(server, "saga: sale\nsteps:\n"), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("  next: each line is the input of one start, a JSON value; `jq -c"));
}

TEST(start_many, takes_keys_from_a_member) {
  recorded_server server;
  server.then(201, running).then(201, running);
  EXPECT_EQ(start_all(server, "{\"id\":\"o-1\"}\n{\"id\":7}\n{\"no\":1}\n", {"--key-member", "id"}), exit_code::usage);
  EXPECT_EQ(key_in(server.asked(0)), "o-1");
  EXPECT_EQ(key_in(server.asked(1)), "7");
  EXPECT_THAT(server.complained, HasSubstr("-:3: it has no member id to take the key from"));
}

TEST(start_many, tells_what_is_refused_and_goes_on) {
  recorded_server server;
  const std::string mistake = R"({"pointer":"/a","detail":"is text"})";
  server.then(422, problem("invalid-input", 422, "does not fit: /a is text", R"(,"errors":[)" + mistake + "]"))
      .then(422, problem("invalid-input", 422, "does not fit: /a is text",
                         R"(,"errors":[)" + mistake + "," + mistake + "," + mistake + "]"));
  EXPECT_EQ(start_all(server, "{\"a\":1}\n{\"a\":\n{\"a\":2}\n"), exit_code::refused);
  EXPECT_THAT(server.complained, HasSubstr("-:1: refused (422): does not fit: /a is text\n"));
  EXPECT_THAT(server.complained, HasSubstr("-:3: refused (422): does not fit: /a is text (and 2 more)\n"));
  EXPECT_THAT(server.complained, HasSubstr("-:2: line 1, column"));
  EXPECT_THAT(server.said, HasSubstr("3 starts: 0 new, 0 were started before, 2 refused, 1 not JSON"));
}

TEST(start_many, tells_twenty_mistakes_and_counts_the_rest) {
  std::string lines;
  for (int line = 0; line < 21; ++line) lines += "{\n";
  recorded_server server;
  EXPECT_EQ(start_all(server, lines), exit_code::usage);
  EXPECT_THAT(server.complained,
              AllOf(HasSubstr("-:20: "), Not(HasSubstr("-:21: ")), HasSubstr("and 1 more went wrong")));
}

TEST(start_many, repeats_a_start_to_a_server_that_is_busy) {
  recorded_server server;
  server.then(503, "{}").then(429, "{}").then(0, "gone").then(201, running);
  EXPECT_EQ(start_all(server, "{}\n"), exit_code::ok);
  EXPECT_EQ(server.times_asked(), 4U);
  EXPECT_EQ(server.asked(0).body, server.asked(3).body);
}

TEST(start_many, stops_when_the_server_is_gone_for_a_minute) {
  recorded_server server;
  const auto began = server.now_ms;
  EXPECT_EQ(start_all(server, "{}\n{}\n"), exit_code::unreachable);
  EXPECT_GE(server.now_ms - began, 60'000);
  EXPECT_LT(server.now_ms - began, 61'000);
  EXPECT_THAT(server.complained, HasSubstr("when it is back, type `sagactl start sale --from - "));
}

TEST(start_many, says_how_many_it_has_started_when_it_is_interrupted_and_how_to_go_on) {
  const auto path = ::testing::TempDir() + "/start_many_interrupted.ndjson";
  std::ofstream(path) << "{\"a\":1}\n{\"a\":2}\n\n{\"a\":3}\n{\"a\":4}\n";
  recorded_server server;
  server.interrupted = [&server] { return server.times_asked() == 2; };
  server.then(201, running).then(200, running);
  const auto typed = std::vector<std::string>{"start", "sale", "--from", path, "--concurrency", "1"};
  EXPECT_EQ(server.run(typed), exit_code::interrupted);
  EXPECT_THAT(server.said, HasSubstr("2 starts: 1 new, 1 were started before"));
  EXPECT_THAT(server.complained, HasSubstr("sagactl: interrupted: 2 more lines were not sent\n  next: type `sagactl "
                                           "start sale --from "));
  EXPECT_THAT(server.complained, HasSubstr("with the same lines; what was started is not started twice\n"));
}

TEST(start_many, says_of_what_is_interrupted_without_an_answer_that_nobody_knows) {
  recorded_server server;
  server.interrupted = [&server] { return server.times_asked() == 2; };
  server.then(201, running).then(0, "gone");
  EXPECT_EQ(start_all(server, three), exit_code::interrupted);
  EXPECT_EQ(server.times_asked(), 2U);
  EXPECT_THAT(server.complained,
              HasSubstr("what follows line 3 was not sent, and of 1 it is not known whether they were started"));
}

TEST(start_many, tells_how_far_it_is_now_and_then) {
  recorded_server server;
  for (int time = 0; time < 21; ++time) server.then(503, "{}");
  server.then(201, running).then(201, running);
  EXPECT_EQ(start_all(server, "{}\n{}\n"), exit_code::ok);
  EXPECT_THAT(server.complained, HasSubstr("1 done, "));
  EXPECT_THAT(server.complained, Not(HasSubstr("\r")));
}

TEST(start_many, draws_a_bar_on_a_terminal) {
  const auto path = ::testing::TempDir() + "/start_many.ndjson";
  std::ofstream(path) << "{}\n{}\n";
  recorded_server server;
  server.terminal = true;
  server.then(503, "{}").then(201, running).then(201, running);
  EXPECT_EQ(server.run({"start", "sale", "--from", path, "--concurrency", "1"}), exit_code::ok);
  EXPECT_THAT(server.complained, HasSubstr("\r\x1b[K[###############...............] 50%  1 done, 2/s"));
}

TEST(start_many, tells_programs_each_line) {
  recorded_server server;
  server.then(201, running).then(409, problem("key-reused", 409, "another request"));
  EXPECT_EQ(start_all(server, "{}\n{\"a\":1}\n[\n", {"--json", "--key-member", "a"}), exit_code::usage);
  recorded_server told;
  told.then(201, running).then(409, problem("key-reused", 409, "another request"));
  EXPECT_EQ(start_all(told, "{\"k\":\"x\"}\n{\"k\":\"y\"}\n[\n", {"--json", "--key-member", "k"}), exit_code::refused);
  EXPECT_THAT(told.said,
              HasSubstr("{\"line\":1,\"key\":\"x\",\"status\":201,\"saga\":\"01KB0000000000000000000000\"}\n"
                        "{\"line\":2,\"key\":\"y\",\"status\":409,\"problem\":\"urn:sagad:problem:key-reused\","
                        "\"detail\":\"another request\"}\n{\"line\":3,\"mistake\":"));
}

TEST(start_many, wants_a_file_and_no_single_input) {
  recorded_server server;
  EXPECT_EQ(server.run({"start", "sale", "--from", "/no/such/file"}), exit_code::usage);
  EXPECT_THAT(server.complained, HasSubstr("cannot read /no/such/file"));
  EXPECT_EQ(server.run({"start", "sale", "--from", "-", "--key", "k"}), exit_code::usage);
  EXPECT_EQ(server.run({"start", "sale", "--from", "-", "--concurrency", "65"}), exit_code::usage);
  EXPECT_EQ(server.run({"start", "sale", "--concurrency", "2"}), exit_code::usage);
  EXPECT_EQ(server.times_asked(), 0U);
}

}  // namespace
}  // namespace sagad::sagactl::testing

#include "dispatch/answer_facts.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace sagad::dispatch {
namespace {

TEST(saga_outcome, each_word_is_known) {
  EXPECT_EQ(parse_outcome(""), outcome::absent);
  EXPECT_EQ(parse_outcome("done"), outcome::done);
  EXPECT_EQ(parse_outcome("rejected"), outcome::rejected);
  EXPECT_EQ(parse_outcome("in-progress"), outcome::in_progress);
  EXPECT_EQ(parse_outcome("refused"), outcome::refused);
  EXPECT_EQ(parse_outcome("differs"), outcome::differs);
  EXPECT_EQ(parse_outcome("stale"), outcome::stale);
  EXPECT_EQ(parse_outcome("failed"), outcome::failed);
  EXPECT_EQ(parse_outcome("Done"), outcome::unrecognized);
  EXPECT_EQ(parse_outcome("done, rejected"), outcome::unrecognized);
}

said_outcome said_by(const std::vector<http::header>& headers) {
  http::incoming what;
  what.headers = headers;
  return read_outcome(what);
}

TEST(saga_outcome, of_an_answer_is_its_header) {
  EXPECT_EQ(said_by({}).outcome, outcome::absent);
  EXPECT_EQ(said_by({{"Content-Type", "x"}, {"SAGA-outcome", "done"}}).outcome, outcome::done);
  EXPECT_EQ(said_by({{"Saga-Outcome", "done"}, {"Saga-Outcome", "done"}}).outcome, outcome::done);
  EXPECT_EQ(said_by({{"Saga-Outcome", "done"}}).fault, "");
}

TEST(saga_outcome, that_says_two_things_is_none) {
  auto const said = said_by({{"Saga-Outcome", "done"}, {"Saga-Outcome", "rejected"}});
  EXPECT_EQ(said.outcome, outcome::unrecognized);
  EXPECT_THAT(said.fault, testing::HasSubstr(R"(twice, as "done" and as "rejected")"));
  EXPECT_EQ(said_by({{"Saga-Outcome", ""}, {"Saga-Outcome", "rejected"}}).outcome, outcome::unrecognized);
}

TEST(saga_outcome, that_is_not_known_is_named_as_far_as_a_sentence_bears_it) {
  EXPECT_THAT(said_by({{"Saga-Outcome", "banana"}}).fault, testing::HasSubstr(R"(Saga-Outcome is "banana")"));
  std::string const long_word(10'000, 'b');
  auto const said = said_by({{"Saga-Outcome", long_word}});
  EXPECT_LT(said.fault.size(), 300U);
  EXPECT_THAT(said.fault, testing::HasSubstr("none of done"));
}

TEST(retry_after, is_a_number_of_seconds) {
  EXPECT_EQ(parse_retry_after("0", 0), 0);
  EXPECT_EQ(parse_retry_after("120", 5), 120'000);
  EXPECT_GT(parse_retry_after("99999999999999999999999", 0), 300'000'000'000);
}

TEST(retry_after, is_a_date_in_each_of_its_forms) {
  millis const before = 784'111'777'000 - 2'000;  // Sun, 06 Nov 1994 08:49:35 GMT
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", before), 2'000);
  EXPECT_EQ(parse_retry_after("Sunday, 06-Nov-94 08:49:37 GMT", before), 2'000);
  EXPECT_EQ(parse_retry_after("Sun Nov  6 08:49:37 1994", before), 2'000);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", before + 10'000), 0);
}

TEST(retry_after, anything_else_is_nothing) {
  for (auto const* const text : {"", "-1", "1.5", "soon", "10s", "Sun, 06 Nov", "Sun, 06 Nov 1994 08:49:37 GMT!"}) {
    EXPECT_EQ(parse_retry_after(text, 0), std::nullopt) << text;
  }
}

TEST(shown_body, keeps_what_is_text) {
  EXPECT_EQ(shown_body("sold out"), "sold out");
  EXPECT_EQ(shown_body("caf\xc3\xa9 \xf0\x9f\x98\x80"), "caf\xc3\xa9 \xf0\x9f\x98\x80");
}

TEST(shown_body, replaces_what_is_not) {
  EXPECT_EQ(shown_body("a\xff"
                       "b"),
            "a?b");
  EXPECT_EQ(shown_body("\xc3"), "?");
  EXPECT_EQ(shown_body("\xed\xa0\x80"), "???");  // a surrogate
  EXPECT_EQ(shown_body("\xc0\xaf"), "??");       // overlong
}

TEST(shown_body, is_cut_at_two_kibibytes_between_characters) {
  EXPECT_EQ(shown_body(std::string(5'000, 'x')).size(), 2'048U);
  std::string text = "x";
  while (text.size() < 3'000) text += "\xc3\xa9";
  EXPECT_EQ(shown_body(text).size(), 2'047U);
}

TEST(failure_words, are_the_detail_or_message_of_an_object) {
  EXPECT_EQ(failure_words(R"({"type":"urn:x","title":"Broken","detail":"the disk burns"})"), "the disk burns");
  EXPECT_EQ(failure_words("\n {\"message\":\"caf\\u00e9\"}"), "caf\xc3\xa9");
  EXPECT_EQ(failure_words(R"({"message":"m","detail":"d"})"), "d");
  EXPECT_EQ(failure_words(R"({"message":"m","detail":" "})"), "m");
}

TEST(failure_words, are_else_the_beginning_of_the_text_in_one_line) {
  EXPECT_EQ(failure_words("  out of\r\n\tmemory\n"), "out of memory");
  EXPECT_EQ(failure_words(R"({"error": {"code":  7}})"), R"({"error": {"code": 7}})");
  EXPECT_EQ(failure_words(R"({"detail":7})"), R"({"detail":7})");
  EXPECT_EQ(failure_words(R"({"detail":"cut)"), R"({"detail":"cut)");
  EXPECT_EQ(failure_words(R"(["detail"])"), R"(["detail"])");
}

TEST(failure_words, are_none_of_a_body_that_says_nothing) {
  for (auto const* const body : {"", " \n", "{}", "{ }", "\x1f\x8b\x08 packed", "text\x01"}) {
    EXPECT_EQ(failure_words(body), "") << body;
  }
  EXPECT_EQ(failure_words(std::string("\0\0", 2)), "");
}

TEST(failure_words, show_nothing_that_moves_a_screen_or_is_no_text) {
  EXPECT_EQ(failure_words(R"({"detail":"a\u001b[2Jb\u0000c\u007f"})"), "a?[2Jb?c?");
  EXPECT_EQ(failure_words("caf\xe9"), "caf?");
}

TEST(failure_words, are_cut_between_characters) {
  EXPECT_EQ(failure_words(std::string(5'000, 'x')), std::string(256, 'x'));
  EXPECT_EQ(failure_words(R"({"detail":")" + std::string(5'000, 'x') + "\"}"), std::string(256, 'x'));
  EXPECT_EQ(failure_words(std::string(255, 'x') + "\xc3\xa9"), std::string(255, 'x'));
  EXPECT_EQ(failure_words(std::string(254, 'x') + "\xc3\xa9"), std::string(254, 'x') + "\xc3\xa9");
}

TEST(own_location, is_path_and_query_at_the_participant_itself) {
  std::vector<std::string> const own = {"127.0.0.1:8101", "escrow"};
  EXPECT_EQ(own_location("/v1/jobs/7?x=1", own), "/v1/jobs/7?x=1");
  EXPECT_EQ(own_location("http://127.0.0.1:8101/v1/jobs/7#part", own), "/v1/jobs/7");
  EXPECT_EQ(own_location("http://escrow/jobs", own), "/jobs");
}

TEST(own_location, names_nothing_elsewhere) {
  std::vector<std::string> const own = {"127.0.0.1:8101"};
  for (auto const* const text : {"http://169.254.169.254/latest", "https://127.0.0.1:8101/x", "//other/x", "jobs/7", "",
                                 "http://127.0.0.1:8101", "http://127.0.0.1:81010/x", "http://127.0.0.1:8101@evil/x"}) {
    EXPECT_EQ(own_location(text, own), "") << text;
  }
}

}  // namespace
}  // namespace sagad::dispatch

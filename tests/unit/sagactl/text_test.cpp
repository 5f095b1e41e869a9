#include <gmock/gmock.h>

#include <sstream>

#include "sagactl/json_view.hpp"
#include "sagactl/table.hpp"
#include "sagactl/times.hpp"
#include "sagactl/words.hpp"

namespace sagad::sagactl::testing {
namespace {

using std::chrono::milliseconds;

TEST(durations, are_read_with_their_unit_only) {
  EXPECT_EQ(parse_duration("500ms"), milliseconds(500));
  EXPECT_EQ(parse_duration("10s"), milliseconds(10'000));
  EXPECT_EQ(parse_duration("5m"), milliseconds(300'000));
  EXPECT_EQ(parse_duration("24h"), milliseconds(86'400'000));
  EXPECT_EQ(parse_duration("7d"), 7 * milliseconds(86'400'000));
  for (const char* bad : {"", "10", "s", "-1s", "1.5s", "10 s", "99999999999999999999s", "9223372036854775807h"}) {
    EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
  }
}

TEST(durations, are_written_with_two_units_at_most) {
  EXPECT_EQ(duration_text(milliseconds(850)), "850ms");
  EXPECT_EQ(duration_text(milliseconds(59'999)), "59s");
  EXPECT_EQ(duration_text(milliseconds(60'000)), "1m");
  EXPECT_EQ(duration_text(milliseconds(185'000)), "3m 5s");
  EXPECT_EQ(duration_text(milliseconds(7'800'000)), "2h 10m");
  EXPECT_EQ(duration_text(milliseconds(86'400'000 * 4 + 3 * 3'600'000)), "4d 3h");
}

TEST(timestamps, are_told_from_where_one_stands) {
  EXPECT_EQ(relative_text("1970-01-01T00:00:10.000Z", 13'000), "3s ago");
  EXPECT_EQ(relative_text("1970-01-01T00:00:10.000Z", 9'000), "in 1s");
  EXPECT_EQ(relative_text("soon", 0), "soon");
}

TEST(table, is_as_wide_as_its_widest_cells_and_no_wider) {
  table shown({"A", "B", "C"});
  shown.add({"1", "äöü", ""});
  shown.add({"long", "x", "y"});
  std::ostringstream out;
  shown.print(out);
  EXPECT_EQ(out.str(), "A     B    C\n1     äöü\nlong  x    y\n");
}

TEST(printable, has_nothing_that_a_terminal_obeys) {
  EXPECT_EQ(printable("a\x1b[2J\x7f\xC2\x9B\xE2\x80\xAE\xE2\x80\xA8\xE2\x81\xA6z"), "a [2J     z");
  EXPECT_EQ(printable("äöü … € \xE2"), "äöü … € \xE2");
}

TEST(words, are_there_for_what_an_operation_waits_for) {
  const auto words = [](const std::string& text) {
    const auto document = parse_json(text);
    return operation_in_words(json_view(&document), 10'000);
  };
  EXPECT_EQ(words(R"({"state":"calling","in_flight":true})"), "asked just now");
  EXPECT_EQ(words(R"({"state":"calling","held":"circuit open"})"), "waiting: circuit open");
  EXPECT_EQ(
      words(R"({"state":"retrying","held":"circuit open: a answered 500","held_until":"1970-01-01T00:00:12.000Z",)"
            R"("next_at":"1970-01-01T00:00:09.000Z"})"),
      "waiting: circuit open: a answered 500; a call probes it in 2s");
  EXPECT_EQ(words(R"({"state":"retrying","tries":2,"last_error":{"cause":"server_error","status":500},)"
                  R"("next_at":"1970-01-01T00:00:12.000Z"})"),
            "to be asked again, tried 2 times; last: the participant failed (500); next try in 2s");
  EXPECT_EQ(words(R"({"state":"accepted","awaited_until":"1970-01-01T00:01:10.000Z"})"),
            "accepted, answer awaited (the wait ends in 1m)");
  EXPECT_EQ(words(R"({"state":"retrying","gives_up_at":"1970-01-01T00:00:20.000Z","tries_left":1})"),
            "to be asked again; given up in 10s or with 1 more try that fails");
  EXPECT_EQ(words(R"({"state":"retrying","gives_up_at":"1970-01-01T00:00:10.000Z","tries_left":3})"),
            "to be asked again; given up with the next try that fails");
  EXPECT_EQ(words(R"({"state":"retrying","tries_left":3})"), "to be asked again; given up with 3 more tries that fail");
  EXPECT_EQ(words(R"({"state":"blocked","blocked_by":"something_new","tries":1})"),
            "blocked: something_new, tried once; waits for a command");
  EXPECT_EQ(words(R"({"state":"left","blocked_by":"rejected","tries":1})"), "left without an outcome, tried once");
}

TEST(words, of_a_participant_are_taken_out_of_its_answer) {
  const auto words = [](const std::string& detail) {
    const auto document = parse_json(R"({"cause":"rejected","step":"escrow","detail":)" + json_text(detail) + "}");
    return turned_back_in_words(json_view(&document));
  };
  EXPECT_EQ(words(R"({"type":"urn:x","title":"rejected","detail":"The account has 3."})"),
            "step escrow: the participant said no: The account has 3.");
  EXPECT_EQ(words(R"({"error":"sold out"})"), "step escrow: the participant said no: sold out");
  EXPECT_EQ(words(R"({"code":7})"), R"(step escrow: the participant said no: {"code":7})");
  EXPECT_EQ(words("{not JSON"), "step escrow: the participant said no: {not JSON");
  EXPECT_EQ(words(""), "step escrow: the participant said no");
}

TEST(json, keeps_whole_numbers_exact) {
  const auto document = parse_json(R"({"n": 9007199254740993, "m": 18446744073709551615})");
  EXPECT_EQ(json_view(&document).dump(), R"({"n":9007199254740993,"m":18446744073709551615})");
}

TEST(json, mistakes_are_told_with_their_place) {
  EXPECT_EQ(json_mistake("{}"), "");
  EXPECT_EQ(json_mistake("{} x").substr(0, 17), "line 1, column 4:");
  EXPECT_NE(json_mistake(std::string(300, '[') + std::string(300, ']')), "");
  EXPECT_NE(json_mistake("\"\xff\""), "");
}

}  // namespace
}  // namespace sagad::sagactl::testing

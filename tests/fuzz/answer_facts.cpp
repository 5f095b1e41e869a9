// What a participant's answer says beside its status: Retry-After, Location, two times Saga-Outcome (a line each), then
// the body; any bytes. A delay is bounded, a place is one at the participant, an outcome is known or told as what is
// wrong; and what is kept for people is UTF-8 of bounded size, of which a sentence can be made.
#include <algorithm>
#include <array>

#include "dispatch/answer_facts.hpp"
#include "json/json.hpp"
#include "tests/fuzz/property.hpp"

namespace sagad::fuzz {
namespace {

constexpr millis now_ms = 1'790'000'000'000;
constexpr millis delay_ms_max = 300'000'000'000'000;  // until the year 9999, or ten years of seconds

void expect_delay(std::string_view text) {
  const auto delay = dispatch::parse_retry_after(text, now_ms);
  if (!delay) return;
  expect(*delay >= 0 && *delay <= delay_ms_max, "a delay is bounded", text);
  const auto later = dispatch::parse_retry_after(text, now_ms + 1000);
  expect(later && (*later == *delay || *later == std::max<millis>(0, *delay - 1000)), "a date comes nearer", text);
}

void expect_place(std::string_view text) {
  static const std::array<std::string, 2> authorities = {"escrow:9001", "127.0.0.1:9001"};
  const auto place = dispatch::own_location(text, authorities);
  if (place.empty()) {
    expect(json::valid_utf8(dispatch::foreign_location(text)), "what is wrong with a place is told in UTF-8", text);
    return;
  }
  expect(place.starts_with('/') && !place.starts_with("//") && place.find('#') == std::string::npos,
         "a place is a path with its query", text);
  expect(text.find(place) != std::string_view::npos, "a place is part of what was said", text);
  expect_equal(dispatch::own_location(place, authorities), place, "a place is the same again");
  expect_equal(dispatch::own_location("http://escrow:9001" + place, authorities), place, "a place is also a URL");
  expect(dispatch::own_location("http://elsewhere:9001" + place, authorities).empty(), "a URL elsewhere is no place");
}

void expect_outcome(std::string_view first, std::string_view second) {
  const std::array headers{http::header{"Saga-Outcome", first}, http::header{"SAGA-OUTCOME", second}};
  http::incoming answer;
  answer.headers = headers;
  const auto both = dispatch::read_outcome(answer);
  expect(json::valid_utf8(both.fault), "what is wrong with an outcome is told in UTF-8", both.fault);
  expect(both.fault.empty() == (both.outcome != dispatch::outcome::unrecognized), "an unknown outcome is a fault");
  if (first == second) {
    expect(both.outcome == dispatch::parse_outcome(first), "the same outcome twice is that outcome", first);
  } else {
    expect(both.outcome == dispatch::outcome::unrecognized, "two outcomes are none", first);
  }
}

void expect_body(std::string_view body) {
  const auto shown = dispatch::shown_body(body);
  expect(shown.size() <= dispatch::shown_body_bytes_max && json::valid_utf8(shown), "what is shown is bounded UTF-8",
         shown);
  if (body.size() <= dispatch::shown_body_bytes_max && json::valid_utf8(body)) {
    expect_equal(shown, body, "a text is shown as it is");
  }
  const auto words = dispatch::failure_words(body);
  expect(words.size() <= dispatch::failure_words_bytes_max && json::valid_utf8(words), "words are bounded UTF-8",
         words);
  expect(std::none_of(words.begin(), words.end(),
                      [](char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == '\x7f'; }),
         "words are one line", words);
}

}  // namespace
}  // namespace sagad::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace sagad;
  const auto after = fuzz::cut_at_line_end(fuzz::text_of(bytes, size));
  const auto location = fuzz::cut_at_line_end(after.rest);
  const auto first = fuzz::cut_at_line_end(location.rest);
  const auto second = fuzz::cut_at_line_end(first.rest);
  fuzz::expect_delay(after.line);
  fuzz::expect_place(location.line);
  fuzz::expect_outcome(first.line, second.line);
  fuzz::expect_body(second.rest);
  return 0;
}

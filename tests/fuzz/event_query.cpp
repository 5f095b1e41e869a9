// What is asked of events: a target with its parameters, and in a second line a Last-Event-ID; any text. It is read
// within bounds or refused in UTF-8, and a place is believed that this journal has told, and no other.
#include <cstring>
#include <variant>

#include "api/event_query.hpp"
#include "api/target.hpp"
#include "json/json.hpp"
#include "tests/fuzz/property.hpp"

namespace sagad::fuzz {
namespace {

constexpr std::size_t events_a_page_max = 1000;
const api::event_places places(4711);
const api::event_places of_another_journal(4712);

void expect_place(std::string_view text) {
  const auto place = places.parse(text);
  if (!place) return;
  expect_equal(places.text(*place), text, "a place that is believed was told");
  expect(place->behind <= api::event_places::behind_max, "a place is near its cursor", text);
}

void expect_own(std::string_view bytes) {
  api::event_place place;
  if (bytes.size() < sizeof place.from.at) return;
  std::memcpy(&place.from.at, bytes.data(), sizeof place.from.at);
  place.behind = static_cast<unsigned char>(bytes[0]) % (api::event_places::behind_max + 1);
  const auto text = places.text(place);
  expect(places.parse(text) == place, "a place that was told is believed as that", text);
  expect(!of_another_journal.parse(text), "another journal's place is not believed", text);
}

void expect_query(std::string_view target) {
  const auto parts = api::target::parse(target);
  if (!parts) return;
  const auto asked = api::read_event_query(parts->query, places);
  if (const auto* why = std::get_if<problem>(&asked)) {
    return expect(!why->detail.empty() && json::valid_utf8(why->detail), "a refusal says why, in UTF-8", target);
  }
  const auto& query = std::get<api::event_query>(asked);
  expect(query.events_max >= 1 && query.events_max <= events_a_page_max, "a page is never larger than may be", target);
  expect(!query.after || !query.from_now, "a query begins at one place", target);
}

}  // namespace
}  // namespace sagad::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace sagad;
  const auto [target, last_id] = fuzz::cut_at_line_end(fuzz::text_of(bytes, size));
  fuzz::expect_query(target);
  api::accepts_stream(target);
  fuzz::expect_place(last_id);
  fuzz::expect_own(last_id);
  return 0;
}

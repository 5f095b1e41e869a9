#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "journal/journal.hpp"

namespace sagad::api {

/// A place in a journal's order between two records: `behind` records after a cursor. (A scan tells a cursor only for
/// its end.)
struct event_place {
  journal::cursor from;
  std::uint32_t behind = 0;
  friend bool operator==(const event_place&, const event_place&) noexcept = default;
};

/// Places as clients keep them: texts that say themselves whether they are of this journal. A place that is made up
/// would lead into the middle of a record.
class event_places {
 public:
  static constexpr std::uint32_t behind_max = 64;

  explicit event_places(std::uint64_t journal_identity) : journal_(journal_identity) {}

  std::string text(const event_place& place) const;
  /// Empty: not a place that this journal has told.
  std::optional<event_place> parse(std::string_view text) const;

 private:
  std::uint64_t journal_;
};

}  // namespace sagad::api

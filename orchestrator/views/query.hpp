#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/moment.hpp"
#include "base/saga_id.hpp"
#include "journal/journal.hpp"
#include "views/shown.hpp"

namespace sagad::views {

/// What `error` says of a saga whose own records are at fault: no number of engine::cause.
inline constexpr std::int64_t internal_error = 255;

/// The number of a cause's name, or of `internal`.
std::optional<std::int64_t> parse_error(std::string_view text);

/// What sagas are listed. Empty members narrow nothing.
struct filter {
  shown_set states = 0;
  std::string definition;                ///< a name
  std::optional<std::uint32_t> version;  ///< of the definition
  std::optional<saga_id> lowest;         ///< ids from this one ...
  std::optional<saga_id> highest;        ///< ... to this one, both included
  std::optional<std::string> key;        ///< the whole of it
  std::string step;                      ///< where it stands still, retries, or turned back
  std::int64_t error = 0;                ///< why: of engine::cause, or internal_error
  std::string starter;                   ///< who started it
  std::string text;                      ///< anywhere in what a row shows; case of ASCII does not count
  std::vector<std::pair<std::string, std::string>> labels;  ///< it has all of them, with these values
  millis since = 0;                                         ///< by when it was started: from here ...
  millis until = never;                                     ///< ... to before here
};

/// A record's place, as `Saga-Position` names it.
struct place {
  partition_no partition = 0;
  journal::position position = 0;
};

struct query {
  views::filter filter;
  std::size_t sagas_max = 50;
  std::optional<saga_id> before;  ///< a page goes on behind this one
  std::optional<place> after;     ///< not before the views are there
  bool counts = false;            ///< with how many there are by definition and state
  bool bare = false;              ///< what the sagas show is left out of the page
};

/// A saga as its row had it.
struct seen_saga {
  saga_id id;
  std::uint32_t seq = 0;  ///< of its newest record

  friend bool operator==(const seen_saga&, const seen_saga&) = default;
};

/// One page, newest first.
struct page {
  millis as_of = 0;             ///< what was durable then is in it
  std::vector<seen_saga> seen;  ///< its sagas
  std::map<std::string, std::size_t>
      versions;                   ///< and how many are of which: `sale@3`; `sale` of one without a version
  std::string sagas;              ///< what they show: a JSON array
  std::optional<saga_id> next;    ///< where the next page goes on; none: there is no more
  std::optional<millis> reached;  ///< the page ended because enough was read: sagas started from then on were looked at
  std::string counts;             ///< a JSON object by definition and state; empty: not asked for
};

}  // namespace sagad::views

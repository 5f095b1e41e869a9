#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "api/event_place.hpp"
#include "api/event_reader.hpp"
#include "base/problem.hpp"

namespace sagad::api {

/// What is asked of all events.
struct event_query {
  event_filter wanted;
  std::optional<event_place> after;  ///< none: from the oldest record on
  bool from_now = false;             ///< what is there already is passed over
  std::size_t events_max = 1000;
};

/// What a request's parameters ask; or which of them cannot be so, and how it is written.
std::variant<event_query, problem> read_event_query(const std::vector<std::pair<std::string, std::string>>& parameters,
                                                    const event_places& places);

/// Whether an `Accept` names `text/event-stream`.
bool accepts_stream(std::string_view accept) noexcept;

}  // namespace sagad::api

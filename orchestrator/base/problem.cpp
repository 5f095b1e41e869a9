#include "base/problem.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace sagad {
namespace {

struct row {
  problem_code code;
  int status;
  std::string_view name;
};

constexpr std::array rows{
    row{problem_code::malformed, 400, "malformed"},
    row{problem_code::invalid_argument, 400, "invalid-argument"},
    row{problem_code::unauthorized, 401, "unauthorized"},
    row{problem_code::forbidden, 403, "forbidden"},
    row{problem_code::not_found, 404, "not-found"},
    row{problem_code::unknown_definition, 404, "unknown-definition"},
    row{problem_code::method_not_allowed, 405, "method-not-allowed"},
    row{problem_code::request_timeout, 408, "request-timeout"},
    row{problem_code::key_reused, 409, "key-reused"},
    row{problem_code::state_refuses, 409, "state-refuses"},
    row{problem_code::changed_meanwhile, 409, "changed-meanwhile"},
    row{problem_code::in_flight, 409, "in-flight"},
    row{problem_code::outcome_stands, 409, "outcome-stands"},
    row{problem_code::no_longer_awaited, 410, "no-longer-awaited"},
    row{problem_code::no_longer_kept, 410, "no-longer-kept"},
    row{problem_code::body_too_large, 413, "body-too-large"},
    row{problem_code::unsupported_media, 415, "unsupported-media"},
    row{problem_code::invalid_input, 422, "invalid-input"},
    row{problem_code::invalid_definition, 422, "invalid-definition"},
    row{problem_code::key_required, 422, "key-required"},
    row{problem_code::too_many_requests, 429, "too-many-requests"},
    row{problem_code::headers_too_large, 431, "headers-too-large"},
    row{problem_code::internal, 500, "internal"},
    row{problem_code::overloaded, 503, "overloaded"},
    row{problem_code::journal_full, 503, "journal-full"},
    row{problem_code::durability_unknown, 503, "durability-unknown"},
    row{problem_code::draining, 503, "draining"},
};

constexpr bool in_order() {
  for (std::size_t at = 0; at < rows.size(); ++at) {
    if (static_cast<std::size_t>(rows[at].code) != at) return false;
  }
  return true;
}
static_assert(in_order(), "one row for each problem_code, in its order");

}  // namespace

int http_status(problem_code code) noexcept {
  return rows[static_cast<std::size_t>(code)].status;
}

std::string_view name(problem_code code) noexcept {
  return rows[static_cast<std::size_t>(code)].name;
}

std::string title(problem_code code) {
  std::string words(name(code));
  std::replace(words.begin(), words.end(), '-', ' ');
  return words;
}

}  // namespace sagad

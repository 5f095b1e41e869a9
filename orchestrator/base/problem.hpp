#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sagad {

/// What went wrong, classed by what a caller can do about it. Each has a stable name (the last part of an RFC 9457
/// `type`) and an HTTP status. A new one only where a caller would react to it differently.
enum class problem_code : std::uint8_t {
  malformed,           ///< 400: not JSON, doubled names, not UTF-8, too deep
  invalid_argument,    ///< 400: a parameter, header or field that cannot be so
  unauthorized,        ///< 401
  forbidden,           ///< 403
  not_found,           ///< 404: no such route or saga
  unknown_definition,  ///< 404
  method_not_allowed,  ///< 405
  request_timeout,     ///< 408: the request did not arrive in time
  key_reused,          ///< 409: the key stands for another request
  state_refuses,       ///< 409: the saga's state does not allow it
  changed_meanwhile,   ///< 409: if_seq names an older record
  in_flight,           ///< 409: an exchange of the operation is open
  outcome_stands,      ///< 409: a callback against another recorded outcome
  no_longer_awaited,   ///< 410: a late answer that nobody waits for
  no_longer_kept,      ///< 410: a place in the journal that was freed
  body_too_large,      ///< 413
  unsupported_media,   ///< 415
  invalid_input,       ///< 422: does not fit the definition's schema
  invalid_definition,  ///< 422
  key_required,        ///< 422: the definition wants a key
  too_many_requests,   ///< 429: more starts than sagas may be unfinished; Retry-After
  headers_too_large,   ///< 431
  internal,            ///< 500: a fault of our own
  overloaded,          ///< 503: admission refused; Retry-After
  journal_full,        ///< 503: no room for new sagas; Retry-After
  durability_unknown,  ///< 503: ask by the saga's id, or repeat with the key
  draining,            ///< 503: shutting down
};

int http_status(problem_code code) noexcept;
/// `key-reused`: the last part of the problem's `type`.
std::string_view name(problem_code code) noexcept;
/// `key reused`: the problem's `title`, the same wherever it is answered.
std::string title(problem_code code);

/// An expected error as a value: the code, and a sentence that says what to do.
struct problem {
  problem_code code = problem_code::internal;
  std::string detail;
};

}  // namespace sagad

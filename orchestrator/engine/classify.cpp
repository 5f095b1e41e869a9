#include <algorithm>

#include "engine/engine.hpp"

namespace sagad::engine {
namespace {

// Whether somebody can find out later: by a callback, or at the place that the answer names.
bool can_wait(const definition::operation& operation, const exchange& seen) noexcept {
  return operation.late == definition::late_answer::callback ||
         (operation.late == definition::late_answer::poll && !seen.location.empty());
}

std::optional<judged> by_outcome(const definition::operation& operation, const exchange& seen) noexcept {
  switch (seen.outcome) {
    case outcome::done: return judged{verdict::done, cause::none};
    case outcome::rejected: return judged{verdict::rejected, cause::rejected};
    case outcome::in_progress:
      if (can_wait(operation, seen)) return judged{verdict::accepted, cause::in_progress};
      return judged{verdict::busy, cause::in_progress};
    case outcome::refused: return judged{verdict::refused, cause::refused};
    case outcome::differs: return judged{verdict::differs, cause::differs};
    case outcome::stale: return judged{verdict::stale, cause::stale};
    case outcome::failed: return judged{verdict::unknown, cause::said_failed};
    case outcome::unrecognized: return judged{verdict::misconfigured, cause::misconfigured};
    case outcome::absent: return std::nullopt;
  }
  return std::nullopt;
}

bool rejects(const definition::operation& operation, int status) noexcept {
  return status == 409 || status == 422 ||
         std::binary_search(operation.rejects.begin(), operation.rejects.end(), static_cast<std::uint16_t>(status));
}

std::optional<judged> by_ending(ending how) noexcept {
  switch (how) {
    case ending::answered: return std::nullopt;
    case ending::not_sent: return judged{verdict::not_sent, cause::not_sent};
    case ending::cut: return judged{verdict::unknown, cause::cut};
    case ending::timed_out: return judged{verdict::unknown, cause::timed_out};
    case ending::unreadable: return judged{verdict::unknown, cause::unreadable};
    case ending::too_large: return judged{verdict::unknown, cause::too_large};
  }
  return judged{verdict::unknown, cause::unreadable};
}

judged by_status(const definition::operation& operation, const exchange& seen) noexcept {
  const int status = seen.status;
  if (status == 202) {
    if (can_wait(operation, seen)) return {verdict::accepted, cause::none};
    return {verdict::misconfigured, cause::misconfigured};
  }
  if (status >= 200 && status < 300) return {verdict::done, cause::none};
  if (rejects(operation, status)) return {verdict::rejected_bare, cause::rejected};
  if (status == 425 || status == 429 || (status == 503 && seen.retry_after_ms)) return {verdict::busy, cause::busy};
  if (status >= 500) return {verdict::unknown, cause::server_error};
  if (status == 408) return {verdict::unknown, cause::timed_out};
  return {verdict::misconfigured, cause::misconfigured};
}

}  // namespace

judged classify(const definition::operation& operation, const exchange& seen) noexcept {
  if (const auto ended = by_ending(seen.how)) return *ended;
  if (const auto said = by_outcome(operation, seen)) {
    // "Done" with a status that says otherwise is a participant that contradicts itself: nothing to believe.
    const bool contradicts = said->verdict == verdict::done && (seen.status < 200 || seen.status >= 300);
    return contradicts ? judged{verdict::misconfigured, cause::misconfigured} : *said;
  }
  return by_status(operation, seen);
}

std::optional<judged> classify_poll(const definition::operation& operation, const exchange& seen) noexcept {
  if (seen.how != ending::answered) return std::nullopt;
  if (seen.outcome == outcome::in_progress) return std::nullopt;
  if (const auto said = by_outcome(operation, seen)) {
    const bool settles = said->verdict == verdict::rejected || said->why == cause::said_failed ||
                         (said->verdict == verdict::done && seen.status >= 200 && seen.status < 300);
    return settles ? said : std::nullopt;
  }
  if (seen.status == 202) return std::nullopt;
  if (seen.status >= 200 && seen.status < 300) return judged{verdict::done, cause::none};
  // Before what `rejects` adds: a poll that finds nothing does not say that the action did nothing.
  if (seen.status == 404 || seen.status == 410) return judged{verdict::unknown, cause::no_late_answer};
  if (rejects(operation, seen.status)) return judged{verdict::rejected_bare, cause::rejected};
  return std::nullopt;
}

}  // namespace sagad::engine

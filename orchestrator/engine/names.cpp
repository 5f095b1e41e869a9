#include <array>

#include "engine/engine.hpp"

namespace sagad::engine {

std::string_view name(fact what) noexcept {
  constexpr std::array<std::string_view, 22> words{
      "?",        "started",  "done",    "rejected",     "accepted",  "failed",     "turned_back", "undone",
      "blocked",  "freed",    "skipped", "edited",       "commanded", "enlisted",   "recovered",   "finished",
      "withheld", "given_up", "lost",    "contradicted", "renewed",   "passed_over"};
  const auto at = static_cast<std::size_t>(what);
  return at < words.size() ? words[at] : words[0];
}

std::string_view name(cause why) noexcept {
  constexpr std::array<std::string_view, 23> words{"none",
                                                   "rejected",
                                                   "rendering",
                                                   "deadline",
                                                   "budget_spent",
                                                   "cut",
                                                   "timed_out",
                                                   "server_error",
                                                   "misconfigured",
                                                   "unreadable",
                                                   "too_large",
                                                   "stale",
                                                   "lost",
                                                   "not_sent",
                                                   "busy",
                                                   "in_progress",
                                                   "refused",
                                                   "differs",
                                                   "no_late_answer",
                                                   "said_failed",
                                                   "compensate_command",
                                                   "cancelled",
                                                   "unknown_participant"};
  const auto at = static_cast<std::size_t>(why);
  return at < words.size() ? words[at] : "?";
}

namespace {
constexpr std::array<std::string_view, 9> command_words{"none",   "retry",      "edit",    "skip",  "pause",
                                                        "resume", "compensate", "resolve", "cancel"};
}

std::string_view name(command_name command) noexcept {
  const auto at = static_cast<std::size_t>(command);
  return at < command_words.size() ? command_words[at] : "?";
}

std::optional<command_name> parse_command(std::string_view text) noexcept {
  for (std::size_t at = 1; at < command_words.size(); ++at) {
    if (command_words[at] == text) return static_cast<command_name>(at);
  }
  return std::nullopt;
}

std::string_view name(engine::side which) noexcept {
  return which == side::action ? "action" : "compensation";
}

}  // namespace sagad::engine

#include "sagactl/words.hpp"

#include <array>
#include <utility>

#include "sagactl/times.hpp"

namespace sagad::sagactl {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 23> causes{{
    {"rejected", "the participant said no"},
    {"rendering", "the request could not be made from the saga's data"},
    {"deadline", "the saga's deadline passed"},
    {"budget_spent", "its attempts or its time are used up"},
    {"cut", "the connection was cut"},
    {"timed_out", "no answer in time"},
    {"server_error", "the participant failed"},
    {"misconfigured", "an answer that the definition does not expect"},
    {"unreadable", "an answer that could not be read"},
    {"too_large", "an answer that was too large"},
    {"stale", "the participant knows a newer coordinator"},
    {"lost", "the coordinator stopped while it was under way"},
    {"not_sent", "the participant could not be reached"},
    {"busy", "the participant is busy"},
    {"in_progress", "the participant is still at it"},
    {"refused", "the participant refuses: it was undone before"},
    {"differs", "the participant knows it with another request"},
    {"no_late_answer", "the promised answer did not come in time"},
    {"said_failed", "the participant says that it failed"},
    {"compensate_command", "turned back by an operator"},
    {"cancelled", "cancelled by its client"},
    {"unknown_participant", "the configuration has no such participant"},
    {"internal", "a fault in the coordinator: its log says more"},
}};

std::string after(std::string_view mark, const std::string& text) {
  return text.empty() ? std::string() : std::string(mark) + text;
}

std::string times(std::int64_t count) {
  return count == 1 ? "once" : std::to_string(count) + " times";
}

// What a participant answered, for people: of a JSON object its `detail`, `title` or `error`, else all of it.
std::string said(const std::string& text) {
  if (text.empty() || text.front() != '{') return text;
  const auto document = parse_json(text);
  const json_view answer(&document);
  for (const char* member : {"detail", "title", "error"}) {
    if (!answer.text(member).empty()) return answer.text(member);
  }
  return text;
}

}  // namespace

std::string cause_in_words(std::string_view cause) {
  for (const auto& [name, words] : causes) {
    if (name == cause) return std::string(words);
  }
  return std::string(cause);
}

std::string error_in_words(json_view last_error) {
  auto out = cause_in_words(last_error.text("cause"));
  const auto status = last_error.integer("status");
  const auto detail = said(last_error.text("detail"));
  if (status == 0 && detail.empty()) return out;
  out += " (";
  if (status != 0) out += std::to_string(status);
  if (status != 0 && !detail.empty()) out += ": ";
  return out + detail + ")";
}

std::string giving_up_in_words(json_view operation, std::int64_t now, bool exactly) {
  const auto at = operation.text("gives_up_at");
  const auto time = parse_timestamp(at);
  if (time && *time <= now) return "with the next try that fails";
  auto out = at.empty() ? std::string() : relative_text(at, now) + (exactly ? " (" + at + ")" : "");
  if (!operation.has("tries_left")) return out;
  const auto left = operation.integer("tries_left");
  return out + (out.empty() ? "" : " or ") + "with " + std::to_string(left) +
         (left == 1 ? " more try that fails" : " more tries that fail");
}

std::string operation_in_words(json_view operation, std::int64_t now) {
  const auto state = operation.text("state");
  std::string out;
  if (operation.has("held")) {
    out = "waiting: " + operation.text("held");
    if (operation.has("held_until")) out += "; a call probes it " + relative_text(operation.text("held_until"), now);
  } else if (state == "blocked") {
    out = "blocked: " + cause_in_words(operation.text("blocked_by"));
  } else if (state == "accepted") {
    out = "accepted, answer awaited";
    if (operation.has("awaited_until"))
      out += " (the wait ends " + relative_text(operation.text("awaited_until"), now) + ")";
  } else if (state == "left") {
    out = "left without an outcome";
  } else if (state == "retrying") {
    out = "to be asked again";
  } else {
    out = operation.flag("in_flight") ? "asked just now" : state;
  }
  if (operation.integer("tries") > 0) out += ", tried " + times(operation.integer("tries"));
  if (operation.has("last_error")) out += "; last: " + error_in_words(operation["last_error"]);
  if (operation.has("held")) return out;
  if (operation.has("next_at")) {
    const auto at = parse_timestamp(operation.text("next_at"));
    out += at && *at <= now ? "; next try: now" : "; next try " + relative_text(operation.text("next_at"), now);
  } else if (state == "blocked") {
    out += "; waits for a command";
  }
  const auto end = giving_up_in_words(operation, now, false);
  if (!end.empty()) out += "; given up " + end;
  return out;
}

std::string operation_in_few_words(json_view operation) {
  auto out = operation.has("held") ? std::string("waiting: ") + operation.text("held") : operation.text("state");
  if (operation.has("last_error")) {
    out += ", " + cause_in_words(operation["last_error"].text("cause"));
  } else if (operation.has("blocked_by")) {
    out += ", " + cause_in_words(operation.text("blocked_by"));
  }
  return out;
}

std::string turned_back_in_words(json_view turned_back) {
  const auto step = turned_back.text("step");
  return (step.empty() ? "" : "step " + step + ": ") + cause_in_words(turned_back.text("cause")) +
         after(": ", said(turned_back.text("detail")));
}

std::string step_not_reached(json_view saga) {
  if (!saga.flag("past_return")) return {};
  const auto steps = saga["steps"];
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const auto step = steps.at(at);
    const auto open = step["action"];
    if (open.text("gives_up_by") == "turning_back" && !open.flag("in_flight")) return step.text("step");
  }
  return {};
}

}  // namespace sagad::sagactl

#include "records/as_json.hpp"

#include <iterator>

#include "engine/engine.hpp"
#include "json/json.hpp"

namespace sagad::records {
namespace {

void operation_members(std::string& out, engine::operation_id operation, const definition::definition& definition) {
  if (operation.step < definition.steps.size()) json::append_text(out, "step", definition.steps[operation.step].name);
  json::append_text(out, "operation", engine::name(operation.side));
}

bool names_operation(engine::fact what) noexcept {
  using engine::fact;
  return what != fact::started && what != fact::turned_back && what != fact::commanded && what != fact::recovered &&
         what != fact::finished;
}

// Whether a saga turned back because of what one of its steps did; else it was time, or a person.
bool because_of_step(engine::cause why) noexcept {
  return why == engine::cause::rejected || why == engine::cause::rendering || why == engine::cause::budget_spent;
}

// What `at` means depends on what happened.
std::string_view time_name(engine::fact what) noexcept {
  using engine::fact;
  if (what == fact::started) return "deadline";
  return what == fact::accepted ? "awaited_until" : "next_at";
}

std::string_view text_name(engine::fact what) noexcept {
  using engine::fact;
  if (what == fact::started) return "key";
  if (what == fact::commanded) return "id";
  if (what == fact::accepted) return "location";
  return what == fact::finished ? "output_error" : "detail";
}

std::string_view body_name(engine::fact what) noexcept {
  using engine::fact;
  switch (what) {
    case fact::started: return "input";
    case fact::edited: return "body";
    case fact::finished: return "output";
    default: return "response";
  }
}

void append_event(std::string& out, const engine::event& event, const definition::definition& definition) {
  using engine::fact;
  out += '{';
  json::append_text(out, "event", engine::name(event.what));
  if (names_operation(event.what)) operation_members(out, event.operation, definition);
  if (event.what == fact::turned_back && because_of_step(event.why) && event.operation.step < definition.steps.size()) {
    json::append_text(out, "step", definition.steps[event.operation.step].name);
  }
  if (event.command != engine::command_name::none) json::append_text(out, "command", engine::name(event.command));
  if (event.why != engine::cause::none) json::append_text(out, "cause", engine::name(event.why));
  if (event.status != 0) json::append_number(out, "status", event.status);
  if (event.generation != 0) json::append_number(out, "generation", event.generation);
  if (event.attempt != 0) {
    json::append_number(out, event.what == fact::started ? "definition_version" : "attempt", event.attempt);
  }
  if (event.what == fact::recovered) {
    json::append_number(out, "epoch", event.at);
  } else if (event.at != 0 && event.at != never) {
    json::append_text(out, time_name(event.what), timestamp(event.at));
  }
  if (event.content != digest{}) json::append_text(out, "definition_digest", event.content.hex());
  if (!event.text.empty()) json::append_text(out, text_name(event.what), event.text);
  if (!event.actor.empty()) json::append_text(out, "actor", event.actor);
  if (event.what == fact::commanded) {
    if (!event.body.empty()) json::append_text(out, "reason", event.body);
    if (event.flag) {
      json::append_name(out, "force");
      out += "true";
    }
  } else if (!event.body.empty()) {
    json::append_name(out, body_name(event.what));
    out += event.body;
  }
  if (event.what == fact::started && !event.more.empty()) {
    json::append_name(out, "labels");
    out += event.more;
  }
  if (event.what == fact::contradicted) json::append_text(out, "said", event.flag ? "done" : "rejected");
  if (event.what == fact::skipped && event.flag) {
    json::append_name(out, "nothing_happened");
    out += "true";
  }
  out += '}';
}

// As much of it as is known. No SHA-256 ends in so many zeros; one that is none at all is told whole.
std::string digest_text(const digest& request) {
  auto text = request.hex();
  const bool half_known = request != digest{} && text.find_first_not_of('0', text.size() / 2) == std::string::npos;
  if (half_known) text.resize(text.size() / 2);
  return text;
}

constexpr std::string_view input_name(engine::input_kind kind) noexcept {
  switch (kind) {
    case engine::input_kind::start: return "start";
    case engine::input_kind::reply: return "answer";
    case engine::input_kind::recovery: return "recovery";
    case engine::input_kind::tick: return "time";
    case engine::input_kind::mismatch: return "rendering";
    case engine::input_kind::command: return "command";
  }
  return "?";
}

}  // namespace

timestamp_text timestamp(millis at) noexcept {
  const auto days = at >= 0 ? at / 86'400'000 : -((-at + 86'399'999) / 86'400'000);
  const auto of_day = at - days * 86'400'000;
  // Civil date from days since 1970-01-01: H. Hinnant, "chrono-compatible low-level date algorithms".
  const auto shifted = days + 719'468;
  const auto era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const auto day_of_era = shifted - era * 146'097;
  const auto year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const auto day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const auto month_from_march = (5 * day_of_year + 2) / 153;
  const auto day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const auto month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const auto year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  timestamp_text text;
  const auto put = [&text](std::size_t place, std::size_t width, std::int64_t value) {
    for (; width > 0; --width, value /= 10) text.letters[place + width - 1] = static_cast<char>('0' + value % 10);
  };
  put(0, 4, year);
  put(5, 2, month);
  put(8, 2, day);
  put(11, 2, of_day / 3'600'000);
  put(14, 2, of_day / 60'000 % 60);
  put(17, 2, of_day / 1000 % 60);
  put(20, 3, of_day % 1000);
  return text;
}

void append_json(std::string& out, const saga_id& saga, std::uint64_t position, const engine::record& record,
                 const definition::definition& definition) {
  out += '{';
  json::append_text(out, "saga", saga.text());
  if (!definition.name.empty()) json::append_text(out, "definition", definition.name);
  json::append_number(out, "partition", saga.partition());
  json::append_number(out, "position", static_cast<std::int64_t>(position));
  json::append_number(out, "seq", record.seq);
  json::append_text(out, "time", timestamp(record.at));
  json::append_text(out, "cause", input_name(record.cause));
  json::append_text(out, "phase", lifecycle::name(record.phase_after));
  json::append_name(out, "events");
  out += '[';
  for (const auto& event : record.events) {
    if (out.back() != '[') out += ',';
    append_event(out, event, definition);
  }
  out += ']';
  json::append_name(out, "released");
  out += '[';
  for (const auto& release : record.released) {
    if (out.back() != '[') out += ',';
    out += '{';
    operation_members(out, release.operation, definition);
    json::append_number(out, "generation", release.generation);
    json::append_text(out, "request_digest", digest_text(release.request));
    out += '}';
  }
  out += "]}";
}

}  // namespace sagad::records

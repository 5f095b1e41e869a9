#include <ostream>
#include <vector>

#include "sagactl/show.hpp"
#include "sagactl/table.hpp"
#include "sagactl/words.hpp"

namespace sagad::sagactl {
namespace {

void add_named(std::string& out, json_view event, std::string_view member, std::string_view before) {
  if (event.has(member)) out += std::string(before) + event.text(member);
}

void add_number(std::string& out, json_view event, std::string_view member, std::string_view before) {
  if (event.has(member)) out += std::string(before) + std::to_string(event.integer(member));
}

std::string operation_of(json_view event) {
  if (!event.has("step")) return {};
  const bool undo = event.text("operation") == "compensation";
  return " " + event.text("step") + (undo ? " (undoing)" : "");
}

std::string event_in_words(json_view event) {
  auto out = event.text("event");
  if (event.has("command")) out += " " + event.text("command");
  out += operation_of(event);
  if (event.integer("generation") > 1) add_number(out, event, "generation", ", generation ");
  if (event.integer("attempt") > 1) add_number(out, event, "attempt", ", attempt ");
  if (event.has("cause")) out += ": " + cause_in_words(event.text("cause"));
  add_number(out, event, "status", ", status ");
  add_named(out, event, "detail", ": ");
  add_named(out, event, "key", ", key ");
  add_named(out, event, "reason", ": ");
  add_named(out, event, "actor", ", by ");
  add_named(out, event, "next_at", ", next at ");
  add_named(out, event, "awaited_until", ", awaited until ");
  add_named(out, event, "deadline", ", deadline ");
  if (event.flag("force")) out += ", forced";
  for (const char* body : {"input", "response", "body", "output"}) {
    if (event.has(body)) out += std::string(", ") + body + " " + event[body].dump();
  }
  return out;
}

// What a record says, line by line: its events, then what may be called from now on.
std::vector<std::string> lines_of(json_view record) {
  std::vector<std::string> lines;
  const auto events = record["events"];
  for (std::size_t at = 0; at < events.size(); ++at) lines.push_back(event_in_words(events.at(at)));
  const auto released = record["released"];
  for (std::size_t at = 0; at < released.size(); ++at) lines.push_back("calls" + operation_of(released.at(at)));
  if (lines.empty()) lines.emplace_back();
  return lines;
}

}  // namespace

std::string record_in_a_line(json_view record) {
  std::string out = record.text("time") + "  " + std::to_string(record.integer("seq")) + "  ";
  bool first = true;
  for (const auto& line : lines_of(record)) {
    out += (first ? "" : "; ") + line;
    first = false;
  }
  return out;
}

void show_records(std::ostream& out, json_view records) {
  table found({"RECORD", "TIME", "CAUSE", "AFTER IT", "WHAT"});
  found.leave_out_first({"AFTER IT", "CAUSE", "TIME"});
  for (std::size_t at = 0; at < records.size(); ++at) {
    const auto record = records.at(at);
    bool first = true;
    for (auto& line : lines_of(record)) {
      if (first) {
        found.add({std::to_string(record.integer("seq")), record.text("time"), record.text("cause"),
                   record.text("phase"), std::move(line)});
      } else {
        found.add({"", "", "", "", std::move(line)});
      }
      first = false;
    }
  }
  if (found.empty()) {
    out << "No such record\n";
  } else {
    found.print(out);
  }
}

}  // namespace sagad::sagactl

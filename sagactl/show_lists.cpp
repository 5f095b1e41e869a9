#include <ostream>

#include "sagactl/show.hpp"
#include "sagactl/table.hpp"
#include "sagactl/times.hpp"
#include "sagactl/words.hpp"

namespace sagad::sagactl {
namespace {

// Of a listed saga, what is worth a column: where it stands still or goes in circles, else why it turned back.
std::string where(json_view saga) {
  if (saga.has("stuck_by")) return cause_in_words(saga.text("stuck_by"));
  const auto trouble = saga["trouble"];
  if (trouble.exists()) {
    const auto undoing = trouble.text("operation") == "compensation" ? " (undo)" : "";
    return trouble.text("step") + undoing + ": " + trouble.text("state") + ", " + cause_in_words(trouble.text("cause"));
  }
  const auto turned = saga["turned_back"];
  if (!turned.exists()) return {};
  const auto step = turned.text("step");
  return (step.empty() ? "" : step + ": ") + cause_in_words(turned.text("cause"));
}

// Where the pages ended, if that is not the end.
void show_rest(std::ostream& out, json_view last) {
  if (!last.has("next")) return;
  if (last.has("searched_to")) out << "Searched back to " << last.text("searched_to") << ". ";
  out << "More: the same with --cursor " << last.text("next") << ", or --all\n";
}

void show_counts(std::ostream& out, json_view answer) {
  table found({"DEFINITION", "RUNNING", "COMPENSATING", "STUCK", "PAUSED", "COMPLETED", "COMPENSATED", "RESOLVED"});
  answer["counts"].members([&](const std::string& name, json_view counts) {
    std::vector<std::string> cells{name};
    for (const char* state : {"running", "compensating", "stuck", "paused", "completed", "compensated", "resolved"}) {
      cells.push_back(std::to_string(counts.integer(state)));
    }
    found.add(std::move(cells));
  });
  if (found.empty()) return;
  found.print(out);
  out << '\n';
}

std::string digest_start(const std::string& digest) {
  constexpr std::size_t shown = 12;
  return digest.substr(0, shown);
}

}  // namespace

void show_list(std::ostream& out, const std::vector<json_view>& pages, std::int64_t now, std::string_view none) {
  table found({"SAGA", "KEY", "DEFINITION", "STATE", "STARTED", "CHANGED", "WHERE"});
  found.leave_out_first({"STARTED", "CHANGED", "KEY", "DEFINITION"});
  std::size_t count = 0;
  for (const auto& page : pages) {
    const auto sagas = page["sagas"];
    for (std::size_t at = 0; at < sagas.size(); ++at, ++count) {
      const auto saga = sagas.at(at);
      found.add({saga.text("id"), saga.text("key"), saga.text("definition"), saga.text("state"),
                 relative_text(saga.text("started"), now), relative_text(saga.text("changed"), now), where(saga)});
    }
  }
  const auto last = pages.back();
  show_counts(out, pages.front());
  if (found.empty()) {
    out << none;
  } else {
    found.print(out);
    out << '\n' << count << (count == 1 ? " saga" : " sagas");
  }
  out << (last.text("as_of").empty() ? "" : ", as of ") << last.text("as_of") << '\n';
  show_rest(out, last);
}

void show_definitions(std::ostream& out, json_view answer) {
  table found({"NAME", "VERSION", "IN FLIGHT", "CONTENT", "DESCRIPTION"});
  found.leave_out_first({"CONTENT", "IN FLIGHT"});
  const auto definitions = answer["definitions"];
  for (std::size_t at = 0; at < definitions.size(); ++at) {
    const auto one = definitions.at(at);
    found.add({one.text("name") + (one.flag("retired") ? " (retired)" : ""), std::to_string(one.integer("version")),
               one.has("in_flight") ? std::to_string(one.integer("in_flight")) : "?", digest_start(one.text("digest")),
               one.has("fault") ? "cannot be compiled by this sagad: " + one.text("fault") : one.text("description")});
  }
  if (found.empty()) {
    out << "No definitions: `sagactl definitions apply FILE` adds some\n";
  } else {
    found.print(out);
  }
}

void show_nodes(std::ostream& out, json_view answer) {
  constexpr std::size_t partitions = 256;
  table found({"NODE", "ADDRESS", "PARTITIONS", "FORMAT", "HEARD", ""});
  const auto nodes = answer["nodes"];
  std::size_t owned = 0;
  for (std::size_t at = 0; at < nodes.size(); ++at) {
    const auto one = nodes.at(at);
    const auto owns = one["partitions"].size();
    owned += owns;
    found.add({one.text("name"), one.text("address"), std::to_string(owns), std::to_string(one.integer("reads_format")),
               std::to_string(one.integer("silent_ms")) + " ms ago", one.flag("leaving") ? "leaving" : ""});
  }
  if (!found.empty()) found.print(out);
  if (owned < partitions) out << '\n' << partitions - owned << " partitions are nobody's at the moment\n";
}

void show_participants(std::ostream& out, json_view answer, std::int64_t now) {
  table found({"PARTICIPANT", "ENDPOINT", "REACHABLE", "CIRCUIT", "IN FLIGHT", "LIMIT", "WAITING", "ANSWERED",
               "UNKNOWN", "NOT SENT"});
  const auto participants = answer["participants"];
  for (std::size_t at = 0; at < participants.size(); ++at) {
    const auto one = participants.at(at);
    const auto waiting =
        one.integer("waiting_compensations") + one.integer("waiting_must_succeed") + one.integer("waiting_actions");
    auto waits = std::to_string(waiting);
    if (one.has("waiting_since")) waits += " (oldest " + relative_text(one.text("waiting_since"), now) + ")";
    const auto endpoints = one["endpoints"];
    const bool called = one.integer("answered") + one.integer("unknown") + one.integer("not_sent") > 0;
    for (std::size_t of = 0; of < std::max<std::size_t>(1, endpoints.size()); ++of) {
      const auto endpoint = endpoints.at(of);
      const std::string reachable = !endpoint.exists() ? "" : !endpoint.flag("reachable") ? "no" : called ? "yes" : "-";
      if (of > 0) {
        found.add({"", endpoint.text("url"), reachable, "", "", "", "", "", "", ""});
        continue;
      }
      found.add({one.text("name"), endpoint.text("url"), reachable, one.text("circuit"),
                 std::to_string(one.integer("in_flight")), std::to_string(one.integer("limit")), waits,
                 std::to_string(one.integer("answered")), std::to_string(one.integer("unknown")),
                 std::to_string(one.integer("not_sent"))});
    }
  }
  if (found.empty()) {
    out << "No participants: the server's configuration names none\n";
  } else {
    found.print(out);
  }
}

}  // namespace sagad::sagactl

#include <ostream>

#include "sagactl/show.hpp"
#include "sagactl/table.hpp"
#include "sagactl/times.hpp"
#include "sagactl/words.hpp"

namespace sagad::sagactl {
namespace {

// Of a listed saga, what is worth a column: where it stands still, or what it is at.
std::string where(json_view saga) {
  const auto steps = saga["steps"];
  std::string at_work;
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const auto step = steps.at(at);
    const auto open = step.has("compensation") ? step["compensation"] : step["action"];
    if (open.text("state") == "blocked") return step.text("step") + ": " + operation_in_few_words(open);
    if (open.exists() && at_work.empty()) at_work = step.text("step") + ": " + operation_in_few_words(open);
  }
  if (at_work.empty() && saga.has("stuck_by")) return cause_in_words(saga.text("stuck_by"));
  return at_work;
}

std::string digest_start(const std::string& digest) {
  constexpr std::size_t shown = 12;
  return digest.substr(0, shown);
}

}  // namespace

void show_list(std::ostream& out, json_view answer, std::int64_t now) {
  table found({"SAGA", "DEFINITION", "STATE", "STARTED", "CHANGED", "WHERE"});
  const auto sagas = answer["sagas"];
  for (std::size_t at = 0; at < sagas.size(); ++at) {
    const auto saga = sagas.at(at);
    found.add({saga.text("id"), saga.text("definition"), saga.text("state"), relative_text(saga.text("started"), now),
               relative_text(saga.text("changed"), now), where(saga)});
  }
  if (found.empty()) {
    out << "No such saga";
  } else {
    found.print(out);
    out << '\n' << sagas.size() << (sagas.size() == 1 ? " saga" : " sagas");
  }
  out << (answer.text("as_of").empty() ? "" : ", as of ") << answer.text("as_of") << '\n';
}

void show_definitions(std::ostream& out, json_view answer) {
  table found({"NAME", "VERSION", "CONTENT", "DESCRIPTION"});
  const auto definitions = answer["definitions"];
  for (std::size_t at = 0; at < definitions.size(); ++at) {
    const auto one = definitions.at(at);
    found.add({one.text("name"), std::to_string(one.integer("version")), digest_start(one.text("digest")),
               one.text("description")});
  }
  if (found.empty()) {
    out << "No definitions: `sagactl definitions apply FILE` adds some\n";
  } else {
    found.print(out);
  }
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
    for (std::size_t of = 0; of < std::max<std::size_t>(1, endpoints.size()); ++of) {
      const auto endpoint = endpoints.at(of);
      const std::string reachable = !endpoint.exists() ? "" : endpoint.flag("reachable") ? "yes" : "no";
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

#include "views/project.hpp"

#include <algorithm>
#include <variant>

#include "records/codec.hpp"

namespace sagad::views {
namespace {

using engine::cause;
using engine::event;
using engine::fact;

void start(row& row, const engine::record& record, const event& event) {
  row.definition = event.content;
  row.version = event.attempt;
  row.started = record.at;
  row.key = event.text;
  row.starter = event.actor;
  row.labels = event.more;
}

trouble* find(row& row, engine::operation_id operation) {
  const auto found = std::find_if(row.troubles.begin(), row.troubles.end(),
                                  [&](const trouble& one) { return one.operation == operation; });
  return found == row.troubles.end() ? nullptr : &*found;
}

trouble& find_or_begin(row& row, engine::operation_id operation) {
  if (auto* known = find(row, operation)) return *known;
  auto& fresh = row.troubles.emplace_back();
  fresh.operation = operation;
  return fresh;
}

void fail(trouble& one, const event& event) {
  one.error = event.why;
  one.status = event.status;
  one.detail = beginning(event.text);
  one.accepted = false;
}

void block(trouble& one, const event& event) {
  one.blocked = true;
  one.accepted = false;
  one.blocked_by = event.why;
  // A spent budget is no error of its own: what the last attempt ended with stays.
  if (event.why != cause::budget_spent) fail(one, event);
}

void happen(row& row, const event& event) {
  switch (event.what) {
    case fact::done:
    case fact::undone:
    case fact::rejected:
    case fact::given_up:
    case fact::skipped:
      std::erase_if(row.troubles, [&](const trouble& one) { return one.operation == event.operation; });
      break;
    case fact::failed:
    case fact::withheld:
    case fact::renewed: fail(find_or_begin(row, event.operation), event); break;
    case fact::blocked: block(find_or_begin(row, event.operation), event); break;
    case fact::lost: find_or_begin(row, event.operation).error = cause::lost; break;
    case fact::accepted:
      if (auto* one = find(row, event.operation)) {
        one->accepted = true;
        one->blocked = false;
      }
      break;
    case fact::freed:
    case fact::edited:
      if (auto* one = find(row, event.operation)) one->blocked = one->accepted = false;
      break;
    case fact::turned_back: row.turned = {event.why, event.operation.step, std::string(beginning(event.text))}; break;
    case fact::started:
    case fact::commanded:
    case fact::enlisted:
    case fact::recovered:
    case fact::finished:
    case fact::contradicted:
    case fact::passed_over: break;
  }
}

void breaks(row& row, const std::string& why) {
  row.broken = beginning(why);
  row.troubles.clear();
}

}  // namespace

void project(row& row, const engine::record& record) {
  if (!row.broken.empty()) return;
  if (record.seq != row.seq + 1) {
    const auto missing = row.seq + 1;
    row.seq = record.seq;
    return breaks(row, "record " + std::to_string(missing) + " is missing in the journal");
  }
  if (record.seq == 1 && !record.events.empty()) start(row, record, record.events.front());
  for (const auto& event : record.events) happen(row, event);
  row.seq = record.seq;
  row.changed = record.at;
  row.phase = record.phase_after;
  // Actions that were left behind when it turned back are never called again, nor is anything after the end.
  std::erase_if(row.troubles, [&](const trouble& one) {
    return lifecycle::is_final(row.phase) ||
           (lifecycle::is_backward(row.phase) && one.operation.side == engine::side::action);
  });
}

void project(row& row, const journal::stored_record& stored) {
  if (!row.broken.empty()) return;
  row.id = stored.saga;
  row.position = stored.position;
  const auto decoded = records::decode(stored.bytes);
  if (const auto* record = std::get_if<engine::record>(&decoded)) return project(row, *record);
  row.seq = stored.seq;
  breaks(row,
         "record " + std::to_string(stored.seq) + " cannot be read: " + std::get<records::unreadable>(decoded).why);
}

}  // namespace sagad::views

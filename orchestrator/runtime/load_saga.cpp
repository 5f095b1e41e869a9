#include "runtime/load_saga.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/engine.hpp"
#include "records/as_json.hpp"
#include "records/codec.hpp"
#include "runtime/saga_json.hpp"
#include "telemetry/log.hpp"

namespace sagad::runtime {
namespace {

constexpr std::string_view no_definition = "its definition is not in the journal, or this program cannot compile it";
constexpr std::size_t page_bytes_max = 1U << 20U;  // of what is told of a saga's records; a single one may have more

struct history {
  std::vector<journal::stored_record> stored;
  std::vector<engine::record> records;  // views into `stored`
  definition::definition_ptr definition;
  std::string broken;  // what could not be read, after the records above
};

// As it is written in a configuration: in the largest unit that it is a whole number of.
std::string in_words(millis duration) {
  constexpr std::pair<millis, const char*> units[] = {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}};
  for (const auto& [unit, letter] : units) {
    if (duration % unit == 0) return std::to_string(duration / unit) + letter;
  }
  return std::to_string(duration) + "ms";
}

template <typename Read>
auto reading(const saga_id& id, Read&& read) -> std::variant<decltype(read()), sagad::problem> {
  try {
    return read();
  } catch (const journal::unreachable&) {
    return journal_is_away();
  } catch (const journal::damaged& damaged) {
    log::error("saga " + id.text() + " cannot be read: " + damaged.what());
    return sagad::problem{problem_code::internal,
                          "the saga's records cannot be read, the coordinator's log says where: " + id.text()};
  }
}

using stored_or_not = std::variant<std::vector<journal::stored_record>, sagad::problem>;

stored_or_not unless_none(const journal::store& store, const saga_id& id, stored_or_not stored) {
  const auto* found = std::get_if<std::vector<journal::stored_record>>(&stored);
  if (found != nullptr && found->empty()) return no_such_saga(store, id);
  return stored;
}

stored_or_not read_stored(journal::store& store, const saga_id& id) {
  return unless_none(store, id, reading(id, [&] { return store.read(id); }));
}

// Null: there is none. That it cannot be known now is no reason to call a saga broken.
std::variant<definition::definition_ptr, sagad::problem> find_definition(const catalog& definitions,
                                                                         const digest& content, const saga_id& id) {
  return reading(id, [&] { return definitions.find(content); });
}

std::variant<history, sagad::problem> history_of(stored_or_not&& stored_or_none, const catalog& definitions,
                                                 const saga_id& id) {
  if (auto* none = std::get_if<sagad::problem>(&stored_or_none)) return std::move(*none);
  history found;
  found.stored = std::move(std::get<std::vector<journal::stored_record>>(stored_or_none));
  for (const auto& stored : found.stored) {
    auto decoded = records::decode(stored.bytes);
    if (const auto* bad = std::get_if<records::unreadable>(&decoded)) {
      found.broken = "record " + std::to_string(stored.seq) + " cannot be read: " + bad->why;
      break;
    }
    found.records.push_back(std::move(std::get<engine::record>(decoded)));
  }
  if (found.records.empty() || found.records.front().events.empty()) {
    return sagad::problem{problem_code::internal, "saga " + id.text() + ": its start cannot be read. " + found.broken};
  }
  auto known = find_definition(definitions, found.records.front().events.front().content, id);
  if (auto* none = std::get_if<sagad::problem>(&known)) return std::move(*none);
  found.definition = std::move(std::get<definition::definition_ptr>(known));
  if (found.definition == nullptr && found.broken.empty()) {
    found.broken = no_definition;
  }
  return found;
}

// What the records of a saga say of it by themselves: without its definition they cannot be applied.
void take_over(engine::saga& saga, const std::vector<engine::record>& records) {
  const auto& start = records.front().events.front();
  saga.key.assign(start.text);
  saga.labels.assign(start.more);
  saga.version = start.attempt;
  saga.starter.assign(start.actor);
  saga.started = records.front().at;
  saga.seq = records.back().seq;
  saga.changed = records.back().at;
  saga.phase = records.back().phase_after;
}

}  // namespace

sagad::problem journal_is_away() {
  return {problem_code::overloaded, "the journal's database does not answer: ask again in a moment"};
}

sagad::problem no_such_saga(const journal::store& store, const saga_id& id) {
  auto detail = "there is no saga " + id.text() + " in this journal";
  if (const auto kept = store.opened().kept_for.history; kept != never) {
    detail += ": histories are kept for " + in_words(kept) + " after a saga's last record";
  }
  return {problem_code::not_found, detail};
}

namespace {

loaded_or_not replayed(stored_or_not&& stored, const catalog& definitions, const saga_id& id) {
  auto read = history_of(std::move(stored), definitions, id);
  if (auto* none = std::get_if<sagad::problem>(&read)) return std::move(*none);
  const auto& history = std::get<struct history>(read);
  loaded_saga result;
  result.saga.id = id;
  result.saga.definition = history.definition;
  result.broken = history.broken;
  result.position = history.stored.back().position;
  if (history.definition == nullptr) {
    take_over(result.saga, history.records);
    return result;
  }
  const auto begun = result.saga;
  std::size_t fitting = 0;
  try {
    for (; fitting < history.records.size(); ++fitting) engine::apply(result.saga, history.records[fitting]);
  } catch (const engine::broken_invariant& broken) {
    result.broken = std::string("its records do not fit together: ") + broken.what();
    // The record that does not fit may have been applied in part: what is shown is the saga before it.
    result.saga = begun;
    for (std::size_t at = 0; at < fitting; ++at) engine::apply(result.saga, history.records[at]);
  }
  return result;
}

saga_answer answer_of(const loaded_saga& loaded) {
  const auto& [saga, position, broken] = loaded;
  saga_answer answer;
  answer.id = saga.id;
  answer.state = !broken.empty() && !saga.final() ? "stuck" : engine::shown_state(saga);
  answer.body = saga_as_json(saga, !broken.empty());
  answer.final = saga.final();
  answer.seq = saga.seq;
  answer.position = position;
  return answer;
}

}  // namespace

loaded_or_not load_saga(journal::store& store, const catalog& definitions, const saga_id& id) {
  return replayed(read_stored(store, id), definitions, id);
}

loaded_or_not load_promptly(journal::store& store, const catalog& definitions, const saga_id& id) {
  return replayed(unless_none(store, id, reading(id, [&] { return store.read_promptly(id); })), definitions, id);
}

std::vector<loaded_or_not> load_some(journal::store& store, const catalog& definitions, std::span<const saga_id> ids) {
  auto read = reading(ids.front(), [&] { return store.read_many(ids); });
  if (auto* none = std::get_if<sagad::problem>(&read)) return {std::move(*none)};
  std::vector<loaded_or_not> all;
  for (auto& stored : std::get<0>(read)) {
    const auto& id = ids[all.size()];
    all.push_back(replayed(unless_none(store, id, std::move(stored)), definitions, id));
  }
  return all;
}

std::variant<std::optional<saga_answer>, sagad::problem> read_final(journal::store& store, const catalog& definitions,
                                                                    const saga_id& id, const only_of& whose) {
  auto loaded = load_saga(store, definitions, id);
  if (auto* none = std::get_if<sagad::problem>(&loaded)) return std::move(*none);
  const auto& found = std::get<loaded_saga>(loaded);
  if (!found.saga.final() || !found.broken.empty()) return std::nullopt;
  if (whose && found.saga.starter != *whose) return no_such_saga(store, id);
  return answer_of(found);
}

std::variant<std::optional<saga_answer>, sagad::problem> read_after_command(journal::store& store,
                                                                            const catalog& definitions,
                                                                            const saga_id& id, std::string_view command,
                                                                            const only_of& whose) {
  auto loaded = load_saga(store, definitions, id);
  if (auto* none = std::get_if<sagad::problem>(&loaded)) return std::move(*none);
  const auto& saga = std::get<loaded_saga>(loaded).saga;
  if (whose && saga.starter != *whose) return no_such_saga(store, id);
  const auto wanted = digest_of(command);
  const auto& seen = saga.commands->seen;
  const auto found = std::find_if(seen.begin(), seen.end(), [&](const auto& one) { return one.id == wanted; });
  if (found == seen.end()) return std::nullopt;
  auto answer = answer_of(std::get<loaded_saga>(loaded));
  answer.repeated = true;
  return answer;
}

std::variant<saga_answer, sagad::problem> read_state(journal::store& store, const catalog& definitions,
                                                     const saga_id& id, const only_of& whose) {
  auto loaded = load_saga(store, definitions, id);
  if (auto* none = std::get_if<sagad::problem>(&loaded)) return std::move(*none);
  const auto& found = std::get<loaded_saga>(loaded);
  if (whose && found.saga.starter != *whose) return no_such_saga(store, id);
  return answer_of(found);
}

std::variant<records_page, sagad::problem> records_as_json(journal::store& store, const catalog& definitions,
                                                           const saga_id& id, const only_of& whose,
                                                           const page_request& wanted) {
  const auto read = read_stored(store, id);
  if (const auto* none = std::get_if<sagad::problem>(&read)) return *none;
  const auto& stored = std::get<std::vector<journal::stored_record>>(read);
  const auto first = records::decode(stored.front().bytes);
  const auto* start = std::get_if<engine::record>(&first);
  if (start == nullptr || start->events.empty()) {
    return sagad::problem{problem_code::internal, "saga " + id.text() + ": its start cannot be read"};
  }
  if (whose && start->events.front().actor != *whose) return no_such_saga(store, id);
  const auto known = find_definition(definitions, start->events.front().content, id);
  if (const auto* none = std::get_if<sagad::problem>(&known)) return *none;
  const auto& definition = std::get<definition::definition_ptr>(known);
  if (definition == nullptr) {
    return sagad::problem{problem_code::internal, "saga " + id.text() + ": " + std::string(no_definition)};
  }
  records_page page;
  page.json = "[";
  auto one = std::find_if(stored.begin(), stored.end(), [&](const auto& record) { return record.seq > wanted.after; });
  for (std::size_t count = 0; one != stored.end() && count < wanted.limit; ++one, ++count) {
    if (count > 0 && page.json.size() + one->bytes.size() > page_bytes_max) break;
    const auto decoded = records::decode(one->bytes);
    const auto* record = std::get_if<engine::record>(&decoded);
    if (record == nullptr) {
      return sagad::problem{problem_code::internal,
                            "saga " + id.text() + ": record " + std::to_string(one->seq) +
                                " cannot be read: " + std::get<records::unreadable>(decoded).why};
    }
    if (count > 0) page.json += ',';
    records::append_json(page.json, id, one->position, *record, *definition);
    page.last = one->seq;
  }
  page.json += ']';
  page.more = one != stored.end();
  return page;
}

}  // namespace sagad::runtime

#include "runtime/load_saga.hpp"

#include <utility>
#include <vector>

#include "engine/engine.hpp"
#include "records/as_json.hpp"
#include "records/codec.hpp"
#include "telemetry/log.hpp"

namespace sagad::runtime {
namespace {

struct history {
  std::vector<journal::stored_record> stored;
  std::vector<engine::record> records;  // views into `stored`
  definition::definition_ptr definition;
  std::string broken;  // what could not be read, after the records above
};

std::variant<history, sagad::problem> read_history(journal::store& store, const catalog& definitions,
                                                   const saga_id& id) {
  history found;
  try {
    found.stored = store.read(id);
  } catch (const journal::damaged& damaged) {
    log::error("saga " + id.text() + " cannot be read: " + damaged.what());
    return sagad::problem{problem_code::internal,
                          "the saga's records cannot be read, the coordinator's log says where: " + id.text()};
  }
  if (found.stored.empty()) {
    return no_such_saga(id);
  }
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
  found.definition = definitions.find(found.records.front().events.front().content);
  if (found.definition == nullptr) {
    return sagad::problem{problem_code::internal, "saga " + id.text() + ": its definition is not in the journal"};
  }
  return found;
}

}  // namespace

sagad::problem no_such_saga(const saga_id& id) {
  return {problem_code::not_found, "there is no saga " + id.text() + " in this journal"};
}

std::variant<loaded_saga, sagad::problem> load_saga(journal::store& store, const catalog& definitions,
                                                    const saga_id& id) {
  auto read = read_history(store, definitions, id);
  if (auto* none = std::get_if<sagad::problem>(&read)) return std::move(*none);
  const auto& history = std::get<struct history>(read);
  loaded_saga result;
  result.saga.id = id;
  result.saga.definition = history.definition;
  result.broken = history.broken;
  result.position = history.stored.back().position;
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

std::variant<std::string, sagad::problem> records_as_json(journal::store& store, const catalog& definitions,
                                                          const saga_id& id, const only_of& whose) {
  auto read = read_history(store, definitions, id);
  if (auto* none = std::get_if<sagad::problem>(&read)) return std::move(*none);
  const auto& history = std::get<struct history>(read);
  if (whose && history.records.front().events.front().actor != *whose) return no_such_saga(id);
  std::string out = "[";
  for (std::size_t at = 0; at < history.records.size(); ++at) {
    if (at > 0) out += ',';
    records::append_json(out, id, history.stored[at].position, history.records[at], *history.definition);
  }
  out += ']';
  return out;
}

}  // namespace sagad::runtime

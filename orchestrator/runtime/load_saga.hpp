#pragma once

#include <string>
#include <variant>

#include "base/problem.hpp"
#include "engine/saga.hpp"
#include "journal/journal.hpp"
#include "runtime/catalog.hpp"
#include "runtime/request.hpp"

namespace sagad::runtime {

/// A saga replayed from its records.
struct loaded_saga {
  engine::saga saga;
  journal::position position = 0;
  std::string broken;  ///< its records do not fit together: what is wrong; it is then as far as they did
};

problem no_such_saga(const saga_id& id);

/// Replays a saga. A problem: there is none, or its definition or a record cannot be read.
std::variant<loaded_saga, sagad::problem> load_saga(journal::store& store, const catalog& definitions,
                                                    const saga_id& id);

/// The saga's records as a JSON array; a problem when there is none that the asker may see.
std::variant<std::string, sagad::problem> records_as_json(journal::store& store, const catalog& definitions,
                                                          const saga_id& id, const only_of& whose);

}  // namespace sagad::runtime

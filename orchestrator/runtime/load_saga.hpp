#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/problem.hpp"
#include "engine/saga.hpp"
#include "journal/journal.hpp"
#include "runtime/catalog.hpp"
#include "runtime/request.hpp"
#include "runtime/resident.hpp"

namespace sagad::runtime {

/// A saga replayed from its records.
struct loaded_saga {
  engine::saga saga;
  journal::position position = 0;
  /// Its records do not fit together, or there is no definition for them: what is wrong. It is then as far as they did,
  /// or without any step.
  std::string broken;
};

using loaded_or_not = std::variant<loaded_saga, sagad::problem>;

/// What is said of a saga that is not there, or not for who asks; how long histories are kept is part of it.
problem no_such_saga(const journal::store& store, const saga_id& id);
/// The journal lies in a database, which does not answer: what is asked for may be there.
problem journal_is_away();

/// Reads a saga and replays it. A problem: there is none, or its start cannot be read.
loaded_or_not load_saga(journal::store& store, const catalog& definitions, const saga_id& id);
/// The same on a reactor's thread: a journal that lies elsewhere is not waited for for long.
loaded_or_not load_promptly(journal::store& store, const catalog& definitions, const saga_id& id);
/// Several at once, in their order: the first ones, one at least. Not for a reactor's thread.
std::vector<loaded_or_not> load_some(journal::store& store, const catalog& definitions, std::span<const saga_id> ids);

/// What there is to tell of a saga that has ended: nothing, when it has not, or its records are not what they should
/// be. A problem: there is none that the asker may see. Reads all of the saga: not for a reactor's thread.
std::variant<std::optional<saga_answer>, sagad::problem> read_final(journal::store& store, const catalog& definitions,
                                                                    const saga_id& id, const only_of& whose);

/// What its records tell of a saga, whoever owns it. The same as to problems and threads.
std::variant<saga_answer, sagad::problem> read_state(journal::store& store, const catalog& definitions,
                                                     const saga_id& id, const only_of& whose);

/// The same, if the command of this id was carried out; nothing: it was not, or its saga cannot be replayed.
std::variant<std::optional<saga_answer>, sagad::problem> read_after_command(journal::store& store,
                                                                            const catalog& definitions,
                                                                            const saga_id& id, std::string_view command,
                                                                            const only_of& whose);

/// Which of a saga's records are wanted.
struct page_request {
  std::uint32_t after = 0;  ///< those with a higher number
  std::size_t limit = 0;
};

struct records_page {
  std::string json;        ///< an array
  std::uint32_t last = 0;  ///< the number of its last record
  bool more = false;       ///< there are further ones
};

/// Some of the saga's records; a problem when there is none that the asker may see, or one cannot be read. Reads all of
/// the saga: not for a reactor's thread.
std::variant<records_page, sagad::problem> records_as_json(journal::store& store, const catalog& definitions,
                                                           const saga_id& id, const only_of& whose,
                                                           const page_request& wanted);

}  // namespace sagad::runtime

#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "journal/journal.hpp"
#include "journal/postgres/pool.hpp"

namespace sagad::journal::postgres {

/// Who took a key last, and until when he holds it.
struct key_claim {
  key_holder holder;
  bool live = false;
  millis ended = never;  ///< the time of its saga's newest record

  bool is_held(millis now, const retention& kept) const noexcept { return live || !is_over(ended, kept.keys, now); }
};

std::optional<key_claim> find_claim(connection& database, std::string_view key);
/// Those of them that have records.
std::vector<saga_id> present_of(connection& database, const std::vector<saga_id>& sagas);

/// What is asked of the records. Thread-safe. Functions throw `damaged`, and `unreachable` when
/// the database does not answer, or cannot do it now.
class reader {
 public:
  /// `prompt`: of reactors.
  reader(pool& connections, pool& prompt, const options& settings)
      : pool_(connections), prompt_(prompt), settings_(settings) {}

  std::vector<stored_record> read(const saga_id& saga);
  std::vector<stored_record> read_promptly(const saga_id& saga);
  /// By one statement.
  std::vector<std::vector<stored_record>> read_many(std::span<const saga_id> sagas);
  std::vector<saga_id> gone_of(std::vector<saga_id> sagas);
  /// Promptly.
  std::optional<key_holder> find_key(std::string_view key, millis now);
  /// Those from `from` on and before `end`; returns where to go on. Throws `trimmed` when some of it may be gone.
  std::uint64_t scan(std::uint64_t from, std::uint64_t end, std::size_t count,
                     const std::function<void(const stored_record&)>& visit);
  std::vector<saga_id> before(std::uint64_t place);

 private:
  pool& pool_;
  pool& prompt_;
  const options& settings_;
};

}  // namespace sagad::journal::postgres

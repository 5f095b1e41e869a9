#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/saga_id.hpp"
#include "journal/sqlite.hpp"

namespace sagad::views {

/// One label of one saga.
struct label {
  saga_id of;
  std::string name;
  std::string value;
};

/// Sagas by the values of their labels, in trees of limited size: one for each span of ids, the newest of which is
/// written to while the others lie still (docs/decisions/0227). In other words the runs of a log-structured merge tree
/// (O'Neil et al., 1996), which nobody merges since a page of a list begins with the newest anyway.
///
/// Of a file that has its tables. Writes belong to a transaction that the caller has begun. One thread. Functions
/// throw journal::sqlite_error.
class label_index {
 public:
  /// So many labels are some 4 MiB of pages, which stay in the cache.
  static constexpr std::int64_t labels_a_span = 65'536;
  static const char* const tables;

  explicit label_index(journal::sqlite& file, std::int64_t full_at = labels_a_span);

  /// What is there already stays as it is.
  void add(const std::vector<label>& labels);
  /// Of what is not there nothing is removed.
  void remove(const std::vector<label>& labels);
  /// The caller's transaction was rolled back: what it had added is not there.
  void forget() noexcept;

 private:
  struct span {
    std::int64_t number = 0;
    saga_id last;
    std::int64_t added = 0;  ///< labels, ever
  };
  using span_map = std::map<saga_id, span>;  // by the first id that belongs there

  void load();
  span_map::iterator open(const saga_id& first);
  span_map::iterator belongs(const saga_id& id);
  span_map::iterator takes(const saga_id& id);

  std::int64_t full_at_;
  journal::row_inserter add_;
  journal::statement remove_, any_, read_, keep_, drop_;
  bool loaded_ = false;
  span_map spans_;
};

}  // namespace sagad::views

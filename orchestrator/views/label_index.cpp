#include "views/label_index.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "views/blob.hpp"

namespace sagad::views {

using journal::statement;

// Spans lie side by side: all ids of one are below the first of the next.
const char* const label_index::tables = R"(
CREATE TABLE label_spans (first BLOB PRIMARY KEY, last BLOB NOT NULL, number INTEGER NOT NULL, added INTEGER NOT NULL)
  WITHOUT ROWID;
CREATE TABLE indexed_labels (span INTEGER, name TEXT, value TEXT, id BLOB, PRIMARY KEY (span, name, value, id))
  WITHOUT ROWID;
)";

label_index::label_index(journal::sqlite& file, std::int64_t full_at)
    : full_at_(full_at),
      add_(file, "INSERT OR IGNORE INTO indexed_labels (span, name, value, id)", 4),
      remove_(file, "DELETE FROM indexed_labels WHERE span = ? AND name = ? AND value = ? AND id = ?"),
      any_(file, "SELECT 1 FROM indexed_labels WHERE span = ? LIMIT 1"),
      read_(file, "SELECT first, last, number, added FROM label_spans"),
      keep_(file, "INSERT OR REPLACE INTO label_spans (first, last, number, added) VALUES (?, ?, ?, ?)"),
      drop_(file, "DELETE FROM label_spans WHERE first = ?") {}

void label_index::load() {
  if (loaded_) return;
  spans_.clear();
  read_.reset();
  while (read_.step()) {
    saga_id first;
    span one;
    copy_bytes(read_.blob(0), first.bytes);
    copy_bytes(read_.blob(1), one.last.bytes);
    one.number = read_.integer(2);
    one.added = read_.integer(3);
    spans_.emplace(first, one);
  }
  read_.reset();
  loaded_ = true;
}

void label_index::forget() noexcept {
  loaded_ = false;
}

label_index::span_map::iterator label_index::open(const saga_id& first) {
  std::int64_t highest = 0;
  for (const auto& [other, one] : spans_) highest = std::max(highest, one.number);
  return spans_.emplace(first, span{highest + 1, first, 0}).first;
}

// The end: to none.
label_index::span_map::iterator label_index::belongs(const saga_id& id) {
  const auto behind = spans_.upper_bound(id);
  return behind == spans_.begin() ? spans_.end() : std::prev(behind);
}

// An id below the last of a full span belongs there all the same: a clock that jumped ahead makes one large.
label_index::span_map::iterator label_index::takes(const saga_id& id) {
  auto found = belongs(id);
  if (found == spans_.end()) {
    found = open(saga_id{});
  } else if (std::next(found) == spans_.end() && found->second.added >= full_at_ && id > found->second.last) {
    found = open(id);
  }
  return found;
}

void label_index::add(const std::vector<label>& labels) {
  load();
  std::vector<std::int64_t> numbers;
  numbers.reserve(labels.size());
  std::map<std::int64_t, span_map::iterator> grown;
  for (const auto& one : labels) {
    const auto to = takes(one.of);
    to->second.last = std::max(to->second.last, one.of);
    ++to->second.added;
    numbers.push_back(to->second.number);
    grown.emplace(to->second.number, to);
  }
  add_.run(labels.size(), [&](statement& to, int before, std::size_t at) {
    const auto& one = labels[at];
    to.bind(before + 1, numbers[at])
        .bind_text(before + 2, one.name)
        .bind_text(before + 3, one.value)
        .bind(before + 4, as_blob(one.of.bytes));
  });
  for (const auto& [number, one] : grown) {
    keep_.bind(1, as_blob(one->first.bytes))
        .bind(2, as_blob(one->second.last.bytes))
        .bind(3, number)
        .bind(4, one->second.added)
        .run();
  }
}

void label_index::remove(const std::vector<label>& labels) {
  load();
  std::set<saga_id> touched;
  for (const auto& one : labels) {
    const auto from = belongs(one.of);
    if (from == spans_.end()) continue;
    remove_.bind(1, from->second.number)
        .bind_text(2, one.name)
        .bind_text(3, one.value)
        .bind(4, as_blob(one.of.bytes))
        .run();
    touched.insert(from->first);
  }
  for (const auto& first : touched) {
    const auto one = spans_.find(first);
    any_.reset();
    const bool is_empty = !any_.bind(1, one->second.number).step();
    any_.reset();
    if (!is_empty) continue;
    drop_.bind(1, as_blob(first.bytes)).run();
    spans_.erase(one);
  }
}

}  // namespace sagad::views

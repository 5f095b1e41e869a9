#include "views/database.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "json/cursor.hpp"
#include "json/json.hpp"
#include "views/blob.hpp"
#include "views/database_statements.hpp"

namespace sagad::views {
namespace {

using journal::sqlite_error;
using journal::statement;

constexpr std::size_t definitions_remembered_max = 4096;

std::int64_t as_integer(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>(value);
}

// One that failed on its way stands where it failed.
statement& ready(statement& one) noexcept {
  one.reset();
  return one;
}

}  // namespace

const char* const row_columns =
    "s.id, s.definition, s.name, s.phase, s.seq, s.position, s.started, s.changed, s.key, s.starter, s.labels, s.step, "
    "s.error, s.trouble, s.version";

kept_row read_row(const statement& from, database& file) {
  kept_row found;
  auto& row = found.row;
  copy_bytes(from.blob(0), row.id.bytes);
  found.definition = static_cast<std::uint32_t>(from.integer(1));
  found.name = static_cast<std::uint32_t>(from.integer(2));
  row.definition = file.definition(found.definition).content;
  row.phase = static_cast<lifecycle::phase>(from.integer(3));
  row.seq = static_cast<std::uint32_t>(from.integer(4));
  row.position = static_cast<journal::position>(from.integer(5));
  row.started = from.integer(6);
  row.changed = from.integer(7);
  row.key = from.blob(8);
  row.starter = from.blob(9);
  row.labels = from.blob(10);
  row.version = static_cast<std::uint32_t>(from.integer(14));
  found.found_by = {from.blob(11), from.integer(12)};
  if (!unpack(from.blob(13), row)) throw sqlite_error::damaged("a row's troubles are unreadable");
  return found;
}

std::optional<kept_row> database::find(const saga_id& id) {
  auto& select = ready(statements_->find);
  select.bind(1, as_blob(id.bytes));
  std::optional<kept_row> found;
  if (select.step()) found = read_row(select, *this);
  select.reset();
  return found;
}

const database::named& database::definition(std::uint32_t number) {
  const auto known = known_.find(number);
  if (known != known_.end()) return known->second;
  if (known_.size() >= definitions_remembered_max) known_.clear();
  auto& select = ready(statements_->definition);
  select.bind(1, std::int64_t{number});
  if (!select.step()) {
    select.reset();
    throw sqlite_error::damaged("a row names a definition that is not there");
  }
  named found;
  copy_bytes(select.blob(0), found.content.bytes);
  found.name_number = static_cast<std::uint32_t>(select.integer(1));
  found.name = select.blob(2);
  select.reset();
  if (const auto compiled = definitions_(found.content)) {
    for (const auto& label : compiled->labels.labels) {
      if (label.indexed) found.indexed_labels.push_back(label.name);
    }
  }
  return known_.emplace(number, std::move(found)).first->second;
}

std::optional<std::uint32_t> database::name_number(const std::string& name) {
  auto& select = ready(statements_->name);
  select.bind_text(1, name);
  std::optional<std::uint32_t> found;
  if (select.step()) found = static_cast<std::uint32_t>(select.integer(0));
  select.reset();
  return found;
}

std::uint32_t database::keep_name(const std::string& name) {
  if (const auto known = name_number(name)) return *known;
  auto& add = ready(statements_->add_name);
  add.bind_text(1, name).step();
  const auto number = static_cast<std::uint32_t>(add.integer(0));
  add.run();
  return number;
}

std::uint32_t database::keep_definition(const digest& content) {
  const auto known = numbers_.find(content);
  if (known != numbers_.end()) return known->second;
  if (numbers_.size() >= definitions_remembered_max) numbers_.clear();
  auto& select = ready(statements_->number);
  select.bind(1, as_blob(content.bytes));
  std::uint32_t number = 0;
  if (select.step()) number = static_cast<std::uint32_t>(select.integer(0));
  select.reset();
  if (number == 0) {
    const auto compiled = definitions_(content);
    const auto name = keep_name(compiled == nullptr ? std::string() : compiled->name);
    auto& add = ready(statements_->add_definition);
    add.bind(1, as_blob(content.bytes)).bind(2, std::int64_t{name}).step();
    number = static_cast<std::uint32_t>(add.integer(0));
    add.run();
  }
  return numbers_.emplace(content, number).first->second;
}

finding database::found_by(const row& row) const {
  if (!row.broken.empty()) return {{}, internal_error};
  const auto* trouble = worst(row);
  if (trouble == nullptr && row.turned.why == engine::cause::none) return {};
  finding found;
  found.error = static_cast<std::int64_t>(trouble != nullptr ? trouble->error : row.turned.why);
  if (trouble == nullptr && !row.turned.by_a_step()) return found;
  found.step =
      step_name(definitions_(row.definition).get(), trouble != nullptr ? trouble->operation.step : row.turned.step);
  return found;
}

namespace {

void bind_or_null(statement& to, int at, std::string_view text) {
  if (text.empty()) {
    to.bind_null(at);
  } else {
    to.bind_text(at, text);
  }
}

void bind_or_null(statement& to, int at, std::int64_t number) {
  if (number == 0) {
    to.bind_null(at);
  } else {
    to.bind(at, number);
  }
}

}  // namespace

void database::insert(const std::vector<kept_row>& fresh) {
  std::vector<std::string> troubles;
  troubles.reserve(fresh.size());
  for (const auto& one : fresh) troubles.push_back(pack(one.row));
  statements_->insert.run(fresh.size(), [&](statement& to, int before, std::size_t number) {
    const auto& [row, definition, name, found_by] = fresh[number];
    to.bind(before + 1, as_blob(row.id.bytes))
        .bind(before + 2, std::int64_t{definition})
        .bind(before + 3, std::int64_t{name})
        .bind(before + 4, static_cast<std::int64_t>(state_of(row)))
        .bind(before + 5, static_cast<std::int64_t>(row.phase))
        .bind(before + 6, std::int64_t{row.seq})
        .bind(before + 7, as_integer(row.position))
        .bind(before + 8, row.started)
        .bind(before + 9, row.changed);
    bind_or_null(to, before + 10, row.key);
    bind_or_null(to, before + 11, row.starter);
    bind_or_null(to, before + 12, row.labels);
    bind_or_null(to, before + 13, found_by.step);
    bind_or_null(to, before + 14, found_by.error);
    if (troubles[number].empty()) {
      to.bind_null(before + 15);
    } else {
      to.bind(before + 15, troubles[number]);
    }
    to.bind(before + 16, std::int64_t{row.version});
  });
  insert_labels(fresh);
}

void database::insert_labels(const std::vector<kept_row>& fresh) {
  std::vector<label> indexed;
  std::vector<label> loose;
  for (const auto& one : fresh) {
    const auto& declared = definition(one.definition).indexed_labels;
    for_each_label(one.row, [&](std::string name, std::string value) {
      const bool is_declared = std::find(declared.begin(), declared.end(), name) != declared.end();
      (is_declared ? indexed : loose).push_back({one.row.id, std::move(name), std::move(value)});
    });
  }
  statements_->indexed.add(indexed);
  statements_->add_loose.run(loose.size(), [&](statement& to, int before, std::size_t row) {
    to.bind_text(before + 1, loose[row].name).bind(before + 2, as_blob(loose[row].of.bytes));
  });
}

void database::remove_labels(const std::vector<label>& labels) {
  statements_->indexed.remove(labels);
  for (const auto& one : labels) {
    statements_->remove_loose.bind_text(1, one.name).bind(2, as_blob(one.of.bytes)).run();
  }
}

bool database::is_loose(const std::string& label) {
  auto& select = ready(statements_->loose);
  select.bind_text(1, label);
  const bool found = select.step();
  select.reset();
  return found;
}

// The columns of an index are written only when one of them moved: an update rewrites every index that it names.
void database::update(const kept_row& before, const kept_row& now) {
  const auto& row = now.row;
  const auto state = state_of(row);
  const bool moved = state != state_of(before.row) || !(now.found_by == before.found_by);
  const auto trouble = pack(row);
  auto& to = moved ? statements_->move : statements_->progress;
  to.bind(1, static_cast<std::int64_t>(row.phase))
      .bind(2, std::int64_t{row.seq})
      .bind(3, as_integer(row.position))
      .bind(4, row.changed);
  if (trouble.empty()) {
    to.bind_null(5);
  } else {
    to.bind(5, trouble);
  }
  if (moved) {
    to.bind(6, static_cast<std::int64_t>(state));
    bind_or_null(to, 7, now.found_by.step);
    bind_or_null(to, 8, now.found_by.error);
  }
  to.bind(moved ? 9 : 6, as_blob(row.id.bytes));
  to.run();
}

/// How the counts move in one transaction.
struct database::moves {
  std::map<std::pair<std::uint32_t, shown>, std::int64_t> counts;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t> in_flight;  // by definition and version

  void add(const kept_row& of, std::int64_t by) {
    const auto state = state_of(of.row);
    counts[{of.name, state}] += by;
    if (!is_final(state)) in_flight[{of.definition, of.row.version}] += by;
  }
};

void database::write_changes(batch& batch, moves& moved) {
  std::vector<kept_row> fresh;
  for (auto& change : batch.changes) {
    auto found = found_by(change.now);
    kept_row now{std::move(change.now), 0, 0, std::move(found)};
    if (change.before) {
      now.definition = change.before->definition;
      now.name = change.before->name;
      update(*change.before, now);
      moved.add(*change.before, -1);
    } else {
      now.definition = keep_definition(now.row.definition);
      now.name = definition(now.definition).name_number;
    }
    moved.add(now, 1);
    if (!change.before) fresh.push_back(std::move(now));
  }
  insert(fresh);
}

void database::write_counts(const moves& moved) {
  for (const auto& [of, by] : moved.counts) {
    if (by == 0) continue;
    const auto state = static_cast<std::int64_t>(of.second);
    statements_->count.bind(1, std::int64_t{of.first}).bind(2, state).bind(3, by).run();
    if (by < 0) statements_->uncount.bind(1, std::int64_t{of.first}).bind(2, state).run();
  }
  for (const auto& [of, by] : moved.in_flight) {
    if (by == 0) continue;
    statements_->fly.bind(1, std::int64_t{of.first}).bind(2, std::int64_t{of.second}).bind(3, by).run();
    if (by < 0) statements_->land.bind(1, std::int64_t{of.first}).bind(2, std::int64_t{of.second}).run();
  }
}

template <typename Work>
void database::as_one(const char* begin, Work&& work) {
  try {
    connection_.run(begin);
    work();
    connection_.run("COMMIT");
  } catch (...) {
    // Numbers that were given out go with the transaction.
    known_.clear();
    numbers_.clear();
    statements_->indexed.forget();
    try {
      connection_.run("ROLLBACK");
    } catch (const sqlite_error&) {
      // SQLite has rolled back by itself: there is no transaction any more.
    }
    throw;
  }
}

void database::look(const std::function<void()>& work) {
  as_one("BEGIN", work);
}

void database::write(batch& batch) {
  write_unsynced();
  as_one("BEGIN IMMEDIATE", [&] {
    moves moved;
    write_changes(batch, moved);
    write_counts(moved);
    for (std::size_t at = 0; at < partitions; ++at) {
      if (batch.positions[at] == 0) continue;
      statements_->position.bind(1, static_cast<std::int64_t>(at)).bind(2, as_integer(batch.positions[at])).run();
    }
    statements_->upto.bind(1, as_integer(batch.upto.at)).bind(2, batch.as_of).run();
  });
  upto_ = batch.upto;
  as_of_ = batch.as_of;
  for (std::size_t at = 0; at < partitions; ++at) {
    if (batch.positions[at] != 0) positions_[at] = batch.positions[at];
  }
  for (const auto& change : batch.changes) rows_ += change.before ? 0 : 1;
}

std::vector<saga_id> database::ids_after(const saga_id& after, std::size_t count) {
  auto& select = ready(statements_->after);
  select.bind(1, as_blob(after.bytes)).bind(2, static_cast<std::int64_t>(count));
  std::vector<saga_id> found;
  while (select.step()) copy_bytes(select.blob(0), found.emplace_back().bytes);
  select.reset();
  return found;
}

void database::remove_rows(const std::vector<saga_id>& ids) {
  std::uint64_t removed = 0;
  write_unsynced();
  as_one("BEGIN IMMEDIATE", [&] {
    moves moved;
    std::vector<label> labels;
    for (const auto& id : ids) {
      const auto before = find(id);
      if (!before) continue;
      moved.add(*before, -1);
      statements_->remove.bind(1, as_blob(id.bytes)).run();
      for_each_label(before->row, [&](std::string name, std::string value) {
        labels.push_back({id, std::move(name), std::move(value)});
      });
      ++removed;
    }
    remove_labels(labels);
    write_counts(moved);
  });
  rows_ -= removed;
}

std::uint64_t database::in_flight(const definition_version& of) {
  auto& select = ready(statements_->flying);
  select.bind(1, as_blob(of.content.bytes)).bind(2, std::int64_t{of.version});
  const auto found = select.step() ? static_cast<std::uint64_t>(select.integer(0)) : 0;
  select.reset();
  return found;
}

void database::counts(const std::string* name, const count_visitor& visit) {
  std::string sql = "SELECT n.name, c.state, c.sagas FROM counts c JOIN names n ON n.number = c.name";
  sql += name == nullptr ? " ORDER BY n.name, c.state" : " WHERE n.name = ? ORDER BY c.state";
  statement select(connection_, sql);
  if (name != nullptr) select.bind_text(1, *name);
  while (select.step()) {
    visit(select.blob(0), static_cast<shown>(select.integer(1)), static_cast<std::uint64_t>(select.integer(2)));
  }
}

}  // namespace sagad::views

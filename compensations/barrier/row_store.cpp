#include "compensations/barrier/row_store.hpp"

#include <stdexcept>

namespace sagad::barrier {
namespace {

constexpr const char* schema = R"(
CREATE TABLE IF NOT EXISTS barrier(
  saga TEXT NOT NULL, step TEXT NOT NULL, generation INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'accepted', 'abandoned', 'done', 'rejected', 'undone')),
  request_digest TEXT, status INTEGER, body TEXT, undo_status INTEGER, undo_body TEXT, at INTEGER NOT NULL,
  PRIMARY KEY (saga, step)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS barrier_horizon(one INTEGER PRIMARY KEY CHECK (one = 1), before_ms INTEGER NOT NULL);
)";

constexpr std::string_view find_sql =
    "SELECT state, generation, request_digest, status, body, undo_status, undo_body FROM barrier "
    "WHERE saga = ? AND step = ?";

stored_row::state parse_state(std::string_view name) {
  if (name == "accepted") return stored_row::state::accepted;
  if (name == "abandoned") return stored_row::state::abandoned;
  if (name == "done") return stored_row::state::done;
  if (name == "rejected") return stored_row::state::rejected;
  if (name == "undone") return stored_row::state::undone;
  throw std::runtime_error("the barrier's table holds an unknown state: " + std::string(name));
}

const char* name_of(decision what) {
  switch (what) {
    case decision::done: return "done";
    case decision::rejected: return "rejected";
    case decision::accepted: return "accepted";
  }
  throw std::logic_error("no such decision");
}

}  // namespace

row_store::row_store(connection& db) : db_(db), find_to_change_(std::string(find_sql) + std::string(db.for_update())) {}

void row_store::create(connection& db) {
  db.define(schema);
  db.execute("INSERT INTO barrier_horizon VALUES (1, 0) ON CONFLICT DO NOTHING");
}

bool row_store::insert_running(const call& of, std::int64_t at_ms) {
  auto insert = db_.prepare(
      "INSERT INTO barrier(saga, step, generation, state, at) VALUES (?, ?, 0, 'running', ?) ON CONFLICT DO NOTHING");
  insert.bind(of.saga, of.step, at_ms).run();
  return db_.changed() == 1;
}

std::optional<stored_row> row_store::find(std::string_view saga, std::string_view step) {
  return read(find_sql, saga, step);
}

std::optional<stored_row> row_store::find_to_change(std::string_view saga, std::string_view step) {
  return read(find_to_change_, saga, step);
}

std::optional<stored_row> row_store::read(std::string_view sql, std::string_view saga, std::string_view step) {
  auto select = db_.prepare(sql);
  if (!select.bind(saga, step).step()) return std::nullopt;
  return stored_row{.is = parse_state(select.bytes(0)),
                    .generation = select.integer(1),
                    .request_digest = select.text(2),
                    .status = static_cast<int>(select.integer(3)),
                    .body = select.text(4),
                    .undo_status = static_cast<int>(select.integer(5)),
                    .undo_body = select.text(6)};
}

void row_store::store_action(const call& of, const business_result& said, std::int64_t at_ms) {
  db_.prepare(
         "UPDATE barrier SET state = ?, generation = ?, request_digest = ?, status = ?, body = ?, at = ? "
         "WHERE saga = ? AND step = ?")
      .bind(name_of(said.what), of.generation, of.request_digest, said.status, said.body, at_ms, of.saga, of.step)
      .run();
}

void row_store::store_undo(const call& of, int status, std::string_view body, std::int64_t at_ms) {
  db_.prepare("UPDATE barrier SET state = 'undone', undo_status = ?, undo_body = ?, at = ? WHERE saga = ? AND step = ?")
      .bind(status, body, at_ms, of.saga, of.step)
      .run();
}

void row_store::store_abandoned(const call& of, std::int64_t at_ms) {
  db_.prepare("UPDATE barrier SET state = 'abandoned', status = NULL, body = NULL, at = ? WHERE saga = ? AND step = ?")
      .bind(at_ms, of.saga, of.step)
      .run();
}

}  // namespace sagad::barrier

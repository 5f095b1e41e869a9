#include "participants/sdk/effects.hpp"

#include "participants/sdk/json_writer.hpp"

namespace sagad::participants {

void create_effects(barrier::connection& db) {
  db.define(
      "CREATE TABLE IF NOT EXISTS effects(seq INTEGER PRIMARY KEY AUTOINCREMENT, saga TEXT NOT NULL, step TEXT NOT "
      "NULL, operation TEXT NOT NULL, generation INTEGER NOT NULL, at INTEGER NOT NULL)");
}

barrier::business_result run_with_effect(const call_handler& run, transaction& tx, const http_request& asked) {
  barrier::business_result said = run(tx, asked);
  if (said.what == barrier::decision::done) {
    tx.db.prepare("INSERT INTO effects(saga, step, operation, generation, at) VALUES (?, ?, ?, ?, ?)")
        .bind(tx.of.saga, tx.of.step, tx.of.of == barrier::operation::action ? "action" : "compensation",
              tx.of.generation, tx.now_ms)
        .run();
  }
  return said;
}

std::string list_effects(barrier::connection& db, std::int64_t after, std::int64_t rows_max) {
  json_writer out;
  out.open_object();
  out.open_array("effects");
  auto rows =
      db.prepare("SELECT seq, saga, step, operation, generation, at FROM effects WHERE seq > ? ORDER BY seq LIMIT ?");
  rows.bind(after, rows_max);
  std::int64_t last = after;
  while (rows.step()) {
    last = rows.integer(0);
    out.open_object();
    out.integer("seq", last);
    out.text("saga", rows.bytes(1));
    out.text("step", rows.bytes(2));
    out.text("operation", rows.bytes(3));
    out.integer("generation", rows.integer(4));
    out.integer("at", rows.integer(5));
    out.close_object();
  }
  out.close_array();
  out.integer("next", last);
  out.close_object();
  return out.take();
}

}  // namespace sagad::participants

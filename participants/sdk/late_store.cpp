#include "participants/sdk/late_store.hpp"

#include <algorithm>
#include <utility>

namespace sagad::participants {
namespace {

std::optional<std::int64_t> least(barrier::statement select) {
  return select.step() && !select.is_null(0) ? std::optional(select.integer(0)) : std::nullopt;
}

// Databases of before letters were looked for by their place.
void add_places(barrier::connection& db) {
  db.define("ALTER TABLE late_letter ADD COLUMN place TEXT NOT NULL DEFAULT ''");
  std::vector<std::pair<std::int64_t, std::string>> letters;
  auto rows = db.prepare("SELECT seq, url FROM late_letter");
  while (rows.step()) letters.emplace_back(rows.integer(0), place_of(rows.text(1)));
  for (const auto& [seq, place] : letters) {
    db.prepare("UPDATE late_letter SET place = ? WHERE seq = ?").bind(place, seq).run();
  }
}

}  // namespace

std::string place_of(const std::string& url) {
  const std::size_t scheme = url.find("://");
  return url.substr(0, url.find_first_of("/?#", scheme == std::string::npos ? 0 : scheme + 3));
}

void late_store::create(barrier::connection& db) {
  db.define(R"(
CREATE TABLE IF NOT EXISTS late_job(
  saga TEXT NOT NULL, step TEXT NOT NULL, generation INTEGER NOT NULL, request_digest TEXT NOT NULL,
  method TEXT NOT NULL, target TEXT NOT NULL, body TEXT NOT NULL, callback TEXT NOT NULL, due_at INTEGER NOT NULL,
  tries INTEGER NOT NULL, PRIMARY KEY (saga, step)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS late_job_due ON late_job(due_at);
CREATE TABLE IF NOT EXISTS late_letter(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL, outcome TEXT NOT NULL, body TEXT NOT NULL,
  next_at INTEGER NOT NULL, tries INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS late_letter_next ON late_letter(next_at);
CREATE TABLE IF NOT EXISTS late_letter_given_up(
  seq INTEGER PRIMARY KEY, url TEXT NOT NULL, outcome TEXT NOT NULL, body TEXT NOT NULL, status INTEGER NOT NULL,
  tries INTEGER NOT NULL, given_up_at INTEGER NOT NULL);
)");
  // Databases of before letters could be given up.
  if (!db.has_column("late_letter", "refused_at")) db.define("ALTER TABLE late_letter ADD COLUMN refused_at INTEGER");
  if (!db.has_column("late_letter", "place")) add_places(db);
  db.define("CREATE INDEX IF NOT EXISTS late_letter_place ON late_letter(place, next_at)");
}

void late_store::add(const late_job& job) {
  db_.prepare(
         "INSERT INTO late_job VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT (saga, step) DO UPDATE SET "
         "generation = excluded.generation, request_digest = excluded.request_digest, method = excluded.method, "
         "target = excluded.target, body = excluded.body, callback = excluded.callback, due_at = excluded.due_at, "
         "tries = 0")
      .bind(job.of.saga, job.of.step, job.of.generation, job.of.request_digest, job.asked.method, job.asked.target,
            job.asked.body, job.callback, job.due_at_ms)
      .run();
}

void late_store::remove(const late_job& job) {
  db_.prepare("DELETE FROM late_job WHERE saga = ? AND step = ?").bind(job.of.saga, job.of.step).run();
}

void late_store::postpone(const late_job& job, std::int64_t due_at_ms) {
  db_.prepare("UPDATE late_job SET due_at = ?, tries = tries + 1 WHERE saga = ? AND step = ?")
      .bind(due_at_ms, job.of.saga, job.of.step)
      .run();
}

std::vector<late_job> late_store::due_jobs(std::int64_t now_ms, std::int64_t rows_max) {
  std::vector<late_job> found;
  auto rows = db_.prepare(
      "SELECT saga, step, generation, request_digest, method, target, body, callback, due_at, tries FROM late_job "
      "WHERE due_at <= ? ORDER BY due_at LIMIT ?");
  rows.bind(now_ms, rows_max);
  while (rows.step()) {
    late_job job;
    job.of = {.saga = rows.text(0),
              .step = rows.text(1),
              .of = barrier::operation::action,
              .generation = rows.integer(2),
              .request_digest = rows.text(3)};
    job.asked = {.method = rows.text(4), .target = rows.text(5), .headers = {}, .body = rows.text(6)};
    job.callback = rows.text(7);
    job.due_at_ms = rows.integer(8);
    job.tries = rows.integer(9);
    found.push_back(std::move(job));
  }
  return found;
}

std::int64_t late_store::release_jobs(std::int64_t now_ms) {
  db_.prepare("UPDATE late_job SET due_at = ? WHERE due_at > ?").bind(now_ms, now_ms).run();
  return db_.changed();
}

void late_store::send(const std::string& url, std::string_view outcome, const std::string& body, std::int64_t now_ms) {
  db_.prepare("INSERT INTO late_letter(url, outcome, body, next_at, tries, place) VALUES (?, ?, ?, ?, 0, ?)")
      .bind(url, outcome, body, now_ms, place_of(url))
      .run();
}

void late_store::delivered(const late_letter& letter) {
  db_.prepare("DELETE FROM late_letter WHERE seq = ?").bind(letter.seq).run();
}

void late_store::postpone(const late_letter& letter, std::int64_t next_at_ms) {
  auto update = db_.prepare("UPDATE late_letter SET next_at = ?, refused_at = ?, tries = tries + 1 WHERE seq = ?");
  update.bind(next_at_ms);
  letter.refused_at_ms ? update.bind(*letter.refused_at_ms) : update.bind(nullptr);
  update.bind(letter.seq).run();
}

void late_store::give_up(const late_letter& letter, int status, std::int64_t now_ms) {
  db_.prepare("INSERT INTO late_letter_given_up VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
      .bind(letter.seq, letter.url, letter.outcome, letter.body, status, letter.tries + 1, now_ms)
      .run();
  delivered(letter);
}

void late_store::forget_given_up(std::int64_t before_ms) {
  db_.prepare("DELETE FROM late_letter_given_up WHERE given_up_at < ?").bind(before_ms).run();
}

std::vector<std::string> late_store::places() {
  std::vector<std::string> found;
  auto next = db_.prepare(select_places);
  while (next.step()) found.push_back(next.text(0));
  return found;
}

late_letter late_store::letter(std::int64_t seq) {
  auto row = db_.prepare("SELECT url, outcome, body, tries, next_at, refused_at FROM late_letter WHERE seq = ?");
  row.bind(seq).step();
  return {.seq = seq,
          .url = row.text(0),
          .outcome = row.text(1),
          .body = row.text(2),
          .tries = row.integer(3),
          .next_at_ms = row.integer(4),
          .refused_at_ms = row.is_null(5) ? std::nullopt : std::optional(row.integer(5))};
}

std::vector<late_letter> late_store::due_letters(std::int64_t now_ms, std::size_t rows_max, const outgoing& so_far) {
  if (rows_max == 0) return {};
  std::vector<std::pair<std::int64_t, std::int64_t>> due;  // when, and its number
  for (const auto& place : places()) {
    auto room = std::min(so_far.room(place), rows_max);
    if (room == 0) continue;
    auto rows = db_.prepare(select_due_of_a_place);
    rows.bind(place, now_ms, static_cast<std::int64_t>(room + so_far.count));
    while (room != 0 && rows.step()) {
      if (so_far.under_way(rows.integer(0))) continue;
      --room;
      due.emplace_back(rows.integer(1), rows.integer(0));
    }
  }
  std::sort(due.begin(), due.end());
  due.resize(std::min(due.size(), rows_max));
  std::vector<late_letter> found;
  for (const auto& [next_at_ms, seq] : due) found.push_back(letter(seq));
  return found;
}

std::optional<std::int64_t> late_store::next_job_at_ms() {
  return least(db_.prepare("SELECT min(due_at) FROM late_job"));
}

std::optional<std::int64_t> late_store::next_letter_after_ms(std::int64_t now_ms) {
  auto select = db_.prepare("SELECT min(next_at) FROM late_letter WHERE next_at > ?");
  select.bind(now_ms);
  return least(std::move(select));
}

}  // namespace sagad::participants

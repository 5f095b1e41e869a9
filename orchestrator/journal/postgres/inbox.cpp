#include "journal/postgres/inbox.hpp"

#include <stdexcept>
#include <utility>

namespace sagad::journal::postgres {
namespace {

// A count by the index, about right when several post at once.
constexpr statement keep_message{
    "message_keep",
    "INSERT INTO sagad_messages (id, partition_id, saga, posted, bytes) SELECT $1, $2, $3, now(), $4"
    " WHERE (SELECT count(*) FROM sagad_messages m WHERE m.partition_id = $2 AND m.answered IS NULL) < $5"
    " ON CONFLICT DO NOTHING RETURNING 1"};
constexpr statement has_message{"message_has", "SELECT 1 FROM sagad_messages WHERE id = $1"};
// Not by an index: it is asked for now and then by a person.
constexpr statement find_newest{
    "message_newest",
    "SELECT answered IS NOT NULL, answer FROM sagad_messages WHERE saga = $1 AND left(id, $2) = $3"
    " ORDER BY posted DESC LIMIT 1"};
constexpr statement find_messages{
    "message_find",
    "SELECT id, saga, bytes FROM sagad_messages WHERE answered IS NULL AND partition_id = ANY ($1::INT4[])"
    " AND NOT id = ANY ($2::TEXT[]) ORDER BY posted LIMIT $3"};
constexpr statement keep_answers{"message_answer",
                                 "UPDATE sagad_messages SET answer = a.answer, answered = now()"
                                 " FROM unnest($1::TEXT[], $2::BYTEA[]) AS a (id, answer)"
                                 " WHERE sagad_messages.id = a.id AND sagad_messages.answered IS NULL"};
constexpr statement find_answers{
    "message_answers", "SELECT id, answer FROM sagad_messages WHERE id = ANY ($1::TEXT[]) AND answered IS NOT NULL"};
constexpr statement remove_answered{
    "message_remove",
    "DELETE FROM sagad_messages WHERE answered < now() - CAST($1 AS FLOAT8) * INTERVAL '1 millisecond'"};
// PostgreSQL's alone: where it is not, whoever waits looks a little later.
constexpr statement hint{"message_hint", "SELECT pg_notify($1, $2)"};

constexpr std::size_t handed_at_once_max = 64;
constexpr std::size_t awaited_max = 10'000;

void check(const std::string& id, const std::string& bytes) {
  if (id.empty() || id.size() > message_id_bytes_max) {
    throw std::length_error("journal: a message's id that is empty or past message_id_bytes_max");
  }
  if (bytes.size() > message_bytes_max) throw std::length_error("journal: a message past message_bytes_max");
}

}  // namespace

void give_hint(connection& database, const std::string& channel, const std::string& what) {
  try {
    database.run(hint, parameters().text(channel).text(what));
  } catch (const statement_failed&) {
    // It is a hint.
  }
}

void inbox::post(const message& message) {
  check(message.id, message.bytes);
  {
    const std::lock_guard lock(mutex_);
    if (awaited_.size() >= awaited_max && !awaited_.contains(message.id)) {
      throw std::runtime_error("too many messages of this node wait for an answer");
    }
    awaited_[message.id] = std::chrono::steady_clock::now();
  }
  const auto forget = [&] {
    const std::lock_guard lock(mutex_);
    awaited_.erase(message.id);
  };
  bool kept = false;
  try {
    kept = keep(message);
  } catch (...) {
    // Should it be there all the same, whoever says the same again waits for its answer anew.
    forget();
    throw;
  }
  if (kept) return;
  forget();
  throw std::runtime_error(std::to_string(settings_.messages_max) + " messages for partition " +
                           std::to_string(message.saga.partition()) + " wait for its owner already");
}

bool inbox::keep(const message& message) {
  return pool_.ask([&](connection& database) {
    const auto inserted = database.run(keep_message, parameters()
                                                         .text(message.id)
                                                         .int4(message.saga.partition())
                                                         .bytes(bytes_of(message.saga))
                                                         .bytes(message.bytes)
                                                         .int8(static_cast<std::int64_t>(settings_.messages_max)));
    if (inserted.empty() && database.run(has_message, parameters().text(message.id)).empty()) return false;
    give_hint(database, channel_, std::to_string(message.saga.partition()));
    return true;
  });
}

std::optional<posted_message> inbox::find(const saga_id& saga, const std::string& beginning) {
  return pool_.ask([&](connection& database) -> std::optional<posted_message> {
    const auto found = database.run(
        find_newest,
        parameters().bytes(bytes_of(saga)).int4(static_cast<std::int32_t>(beginning.size())).text(beginning));
    if (found.empty()) return std::nullopt;
    posted_message one;
    if (found.boolean(0, 0)) one.answer = std::string(found.bytes(0, 1));
    return one;
  });
}

void inbox::answer(const message_answer& answer) {
  check(answer.id, answer.bytes);
  const std::lock_guard lock(mutex_);
  answers_[answer.id] = answer.bytes;
}

bool inbox::awaits() {
  const std::lock_guard lock(mutex_);
  return !awaited_.empty();
}

void inbox::look(connection& database, const std::vector<held_partition>& held, events& to) {
  write_answers(database);
  hand_on(database, held, to);
  tell_answers(database, to);
  remove_old(database);
}

void inbox::write_answers(connection& database) {
  column ids(type::text), answers(type::bytea);
  std::vector<std::string> written;
  {
    const std::lock_guard lock(mutex_);
    std::size_t bytes = 0;
    for (const auto& [id, answer] : answers_) {
      if (!written.empty() && bytes + answer.size() > settings_.batch_bytes_max) break;
      bytes += answer.size();
      ids.add_bytes(id);
      answers.add_bytes(answer);
      written.push_back(id);
    }
  }
  if (written.empty()) return;
  database.run(keep_answers, parameters().array(std::move(ids)).array(std::move(answers)));
  give_hint(database, channel_, hint_of_answers);
  const std::lock_guard lock(mutex_);
  for (const auto& id : written) {
    answers_.erase(id);
    handed_.erase(id);
  }
}

void inbox::hand_on(connection& database, const std::vector<held_partition>& held, events& to) {
  // What was handed to nobody who still has the partition, or long ago, is handed on again.
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(handed_, [&](const auto& one) {
    return lease_.epoch(one.second.partition) != one.second.epoch || now - one.second.at >= settings_.message_patience;
  });
  if (held.empty()) return;
  column partitions_held(type::int4), known(type::text);
  for (const auto& one : held) partitions_held.add_int4(one.partition);
  for (const auto& [id, one] : handed_) known.add_bytes(id);
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, answer] : answers_) known.add_bytes(id);
  }
  const auto found = database.run(find_messages, parameters()
                                                     .array(std::move(partitions_held))
                                                     .array(std::move(known))
                                                     .int8(static_cast<std::int64_t>(handed_at_once_max)));
  for (int row = 0; row < found.size(); ++row) {
    message one{std::string(found.bytes(row, 0)), value_of<saga_id>(found, row, 1), std::string(found.bytes(row, 2))};
    const auto partition = one.saga.partition();
    handed_[one.id] = {partition, lease_.epoch(partition), now};
    to.arrived(std::move(one));
  }
}

void inbox::tell_answers(connection& database, events& to) {
  column ids(type::text);
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(awaited_, [&](const auto& one) { return now - one.second >= settings_.message_kept; });
    for (const auto& [id, since] : awaited_) ids.add_bytes(id);
  }
  if (ids.size() == 0) return;
  const auto found = database.run(find_answers, parameters().array(std::move(ids)));
  for (int row = 0; row < found.size(); ++row) {
    message_answer one{std::string(found.bytes(row, 0)), std::string(found.bytes(row, 1))};
    const std::lock_guard lock(mutex_);
    if (awaited_.erase(one.id) != 0) to.answered(std::move(one));
  }
}

void inbox::remove_old(connection& database) {
  const auto now = std::chrono::steady_clock::now();
  if (removed_ != time() && now - removed_ < settings_.message_kept / 8) return;
  database.run(remove_answered, parameters().int8(settings_.message_kept.count()));
  removed_ = now;
}

}  // namespace sagad::journal::postgres

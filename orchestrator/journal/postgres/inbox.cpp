#include "journal/postgres/inbox.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

#include "journal/postgres/keep_messages.hpp"

namespace sagad::journal::postgres {
namespace {

constexpr statement find_newest{
    "message_newest",
    "SELECT answered IS NOT NULL, answer FROM sagad_messages WHERE saga = $1 AND left(id, $2) = $3"
    " ORDER BY posted DESC LIMIT 1"};
// One answer holds no more bytes than that, or one message: it must come while whoever reads it waits.
constexpr statement find_messages{
    "message_find",
    "SELECT id, saga, bytes FROM"
    " (SELECT id, saga, bytes, row_number() OVER so_far AS number, sum(octet_length(bytes)) OVER so_far AS up_to FROM"
    "  (SELECT id, saga, bytes, posted FROM sagad_messages WHERE answered IS NULL AND partition_id = ANY ($1::INT4[])"
    "   AND NOT id = ANY ($2::TEXT[]) ORDER BY posted, id LIMIT $3) AS first_ones"
    "  WINDOW so_far AS (ORDER BY posted, id ROWS UNBOUNDED PRECEDING)) AS summed"
    " WHERE number = 1 OR up_to <= $4 ORDER BY number"};
constexpr statement keep_answers{"message_answer",
                                 "UPDATE sagad_messages SET answer = a.answer, answered = now()"
                                 " FROM unnest($1::TEXT[], $2::BYTEA[]) AS a (id, answer)"
                                 " WHERE sagad_messages.id = a.id AND sagad_messages.answered IS NULL"};
// As many as are read of messages.
constexpr statement find_answers{
    "message_answers",
    "SELECT id, answer FROM"
    " (SELECT id, answer, row_number() OVER so_far AS number, sum(octet_length(answer)) OVER so_far AS up_to"
    "  FROM sagad_messages WHERE id = ANY ($1::TEXT[]) AND answered IS NOT NULL"
    "  WINDOW so_far AS (ORDER BY answered, id ROWS UNBOUNDED PRECEDING)) AS summed"
    " WHERE number = 1 OR up_to <= $2 ORDER BY number"};
// All nodes do so: what one has locked the others leave to him.
constexpr statement remove_answered{
    "message_remove",
    "WITH old AS (SELECT id FROM sagad_messages"
    "  WHERE answered < now() - CAST($1 AS FLOAT8) * INTERVAL '1 millisecond' ORDER BY answered LIMIT $2"
    "  FOR UPDATE SKIP LOCKED) "
    "DELETE FROM sagad_messages WHERE id IN (SELECT id FROM old)"};

constexpr std::size_t handed_at_once_max = 64;
constexpr std::size_t awaited_max = 10'000;

// What is wrong with it; empty: nothing is.
std::string wrong_with(const std::string& id, const std::string& bytes) {
  if (id.empty() || id.size() > message_id_bytes_max) {
    return "journal: a message's id that is empty or past message_id_bytes_max";
  }
  return bytes.size() > message_bytes_max ? "journal: a message past message_bytes_max" : "";
}

}  // namespace

std::optional<refused_message> inbox::await(const message& message) {
  if (auto wrong = wrong_with(message.id, message.bytes); !wrong.empty())
    return refused_message{true, std::move(wrong)};
  const std::lock_guard lock(mutex_);
  if (awaited_.size() >= awaited_max && !awaited_.contains(message.id)) {
    return refused_message{false, "too many messages of this node wait for an answer"};
  }
  awaited_[message.id] = std::chrono::steady_clock::now();
  return std::nullopt;
}

void inbox::forget(const std::vector<const message*>& messages) {
  const std::lock_guard lock(mutex_);
  for (const auto* one : messages) awaited_.erase(one->id);
}

// A server that answers nobody may keep a session for each that was given up, until it has no more of them.
std::vector<std::optional<refused_message>> inbox::post_all(const std::vector<message>& messages) {
  if (lease_.is_over()) throw unreachable("the database does not answer: the lease of this node is over");
  std::vector<std::optional<refused_message>> refused;
  std::vector<const message*> sent;
  for (const auto& one : messages) {
    refused.push_back(await(one));
    if (!refused.back()) sent.push_back(&one);
  }
  if (sent.empty()) return refused;
  std::set<std::string> kept;
  try {
    kept = pool_.ask([&](connection& database) {
      auto there = keep_messages(database, sent, settings_.messages_max);
      give_hints(database, channel_, partitions_of(sent));
      return there;
    });
  } catch (...) {
    // Should some be there all the same, whoever says the same again waits for its answer anew.
    forget(sent);
    throw;
  }
  std::erase_if(sent, [&](const auto* one) { return kept.contains(one->id); });
  forget(sent);
  for (std::size_t at = 0; at < messages.size(); ++at) {
    if (refused[at] || kept.contains(messages[at].id)) continue;
    refused[at] = {false, std::to_string(settings_.messages_max) + " messages for partition " +
                              std::to_string(messages[at].saga.partition()) + " wait for its owner already"};
  }
  return refused;
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
  if (const auto wrong = wrong_with(answer.id, answer.bytes); !wrong.empty()) throw std::length_error(wrong);
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
                                                     .int8(static_cast<std::int64_t>(handed_at_once_max))
                                                     .int8(static_cast<std::int64_t>(settings_.batch_bytes_max)));
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
  const auto found = database.run(
      find_answers, parameters().array(std::move(ids)).int8(static_cast<std::int64_t>(settings_.batch_bytes_max)));
  for (int row = 0; row < found.size(); ++row) {
    message_answer one{std::string(found.bytes(row, 0)), std::string(found.bytes(row, 1))};
    const std::lock_guard lock(mutex_);
    if (awaited_.erase(one.id) != 0) to.answered(std::move(one));
  }
}

// In the next turn again as long as there is more. What fails, perhaps with the connection, is tried again later and
// with fewer: nobody's message waits for it.
void inbox::remove_old(connection& database) {
  const auto now = std::chrono::steady_clock::now();
  if (now < remove_at_) return;
  const auto most = remove_most_;
  remove_at_ = now + settings_.message_kept / 64;
  remove_most_ = std::max<std::int64_t>(1, most / 2);
  try {
    const auto removed = database.run(remove_answered, parameters().int8(settings_.message_kept.count()).int8(most));
    remove_at_ = removed.changed() < most ? now + settings_.message_kept / 8 : now;
    remove_most_ = std::min(2 * most, removed_at_once_max);
  } catch (const statement_failed&) {
    // They are there for longer, and nothing else.
  }
}

}  // namespace sagad::journal::postgres

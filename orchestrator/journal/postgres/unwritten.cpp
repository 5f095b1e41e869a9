#include "journal/postgres/unwritten.hpp"

#include "journal/postgres/reader.hpp"

namespace sagad::journal::postgres {
namespace {

constexpr statement free_key{"free_key", "DELETE FROM sagad_start_keys WHERE start_key = $1 AND saga = $2"};

exception told_of(const held_entry& entry, result what) {
  return {entry.ticket, what, {}, false};
}

standing standing_of_start(connection& database, const held_entry& entry, const retention& kept) {
  const auto claim = find_claim(database, entry.key->text);
  if (!claim) return {};
  // Its key is there and its record is not: the position is another's.
  if (claim->holder.saga == entry.saga) return {false, told_of(entry, result::not_owner)};
  if (claim->is_held(entry.time, kept)) {
    auto why = told_of(entry, result::duplicate_key);
    why.held_by = claim->holder.saga;
    why.same_request = entry.key->is_same_request(claim->holder);
    return {false, why};
  }
  database.run(free_key, parameters().text(entry.key->text).bytes(bytes_of(claim->holder.saga)));
  return {};
}

}  // namespace

std::vector<standing> explain(connection& database, const std::vector<sent_record>& sent, const retention& kept) {
  const auto found = find_records(database, sent);
  std::unordered_map<saga_id, standing, saga_id_hash> of_starts;
  std::vector<standing> result;
  for (const auto& [entry, place] : sent) {
    const auto partition = entry->saga.partition();
    const auto epoch = found.epochs.find(partition);
    if (found.ours.contains({partition, entry->position})) {
      result.push_back({true, std::nullopt});
    } else if (epoch == found.epochs.end() || epoch->second != entry->epoch) {
      result.push_back({false, told_of(*entry, result::not_owner)});
    } else if (entry->key) {
      result.push_back(standing_of_start(database, *entry, kept));
      of_starts[entry->saga] = result.back();
    } else if (const auto start = of_starts.find(entry->saga); start != of_starts.end()) {
      result.push_back(start->second);
      if (result.back().why) result.back().why->ticket = entry->ticket;
    } else {
      // Its partition is ours, and its position another's: somebody else has counted here.
      result.push_back({false, told_of(*entry, result::not_owner)});
    }
  }
  return result;
}

}  // namespace sagad::journal::postgres

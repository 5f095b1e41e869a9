// Partitions that come and go one by one, where several nodes share the journal.
#include <algorithm>
#include <string>
#include <utility>

#include "base/probe.hpp"
#include "runtime/core.hpp"
#include "telemetry/log.hpp"

namespace sagad::runtime {
namespace {

constexpr millis doubt_told_every_ms = 500;

// "partition 3 is", "128 partitions, 0, 2, 4, 6, 8, 10, 12, 14 and 120 more, are".
std::string named(const std::vector<partition_no>& which, std::string_view is, std::string_view are) {
  constexpr std::size_t named_max = 8;
  if (which.size() == 1) return "partition " + std::to_string(which.front()) + " " + std::string(is);
  std::string text = std::to_string(which.size()) + " partitions";
  for (std::size_t at = 0; at < std::min(which.size(), named_max); ++at) text += ", " + std::to_string(which[at]);
  if (which.size() > named_max) text += " and " + std::to_string(which.size() - named_max) + " more";
  return text + ", " + std::string(are);
}

}  // namespace

void core::take(journal::taken_partition taken) {
  const auto partition = taken.partition;
  lose(partition);
  owned_[partition] = true;
  epochs_[partition] = taken.epoch;
  positions_[partition] = taken.last_position;
  newest_[partition] = taken.last_time;
  options_.partitions.push_back(partition);
  if (draining_) return;  // whoever has it next loads them
  load_later(taken.live);
}

void core::lose(partition_no partition) {
  if (!owned_[partition]) return;
  lost_now_.push_back(partition);
  drop_partition(partition, dropped_as::lost);
}

// They come and go by the dozen when nodes do: one line tells of those of a turn.
void core::tell_of_moves() {
  if (!lost_now_.empty()) {
    log::warn(named(lost_now_, "has", "have") + " another owner: the sagas there are dropped from memory");
  }
  if (!given_back_now_.empty()) log::info(named(given_back_now_, "is", "are") + " given back, for other nodes to take");
  lost_now_.clear();
  given_back_now_.clear();
}

void core::hand_over(partition_no partition, millis until) {
  if (!owned_[partition] || leaves_at_[partition] != 0) return;
  std::erase(options_.partitions, partition);
  leaves_at_[partition] = std::max<millis>(until, 1);
  next_leaving_at_ = std::min(next_leaving_at_, leaves_at_[partition]);
  ++leaving_;
  for (auto& [id, of] : residents_) {
    if (id.partition() == partition) withdraw_held(of);
  }
  give_back_what_is_quiet();
  tell_now();
}

// The journal's answer may come long after the lease is over, or never: whether it was written another node may be
// asked.
void core::tell_of_doubt() {
  if (around_.shared == nullptr || gate_.empty()) return;
  const auto now = around_.time.now();
  if (now < doubt_told_at_ + doubt_told_every_ms) return;
  doubt_told_at_ = now;
  for (const auto& entry : gate_) {
    const auto& id = entry.of->saga.id;
    if (entry.of->vanished || trusted(id.partition()) || !entry.of->active.made()) continue;
    if (!entry.of->active->waiters.empty()) SAGAD_PROBE("whoever waits for a journal that does not answer is told so");
    tell_all(*entry.of, failed_start{{problem_code::durability_unknown,
                                      "the journal does not answer, and whether this was recorded is not known: ask by "
                                      "the saga's id, or send the same again with its key or id"},
                                     id});
  }
  tell_now();
}

// An answer that comes in time becomes a record yet; one that comes later finds nobody, as after a restart.
bool core::still_busy(partition_no partition, bool in_time) const {
  const auto is_of = [partition](const resident* of) { return of != nullptr && of->saga.id.partition() == partition; };
  if (std::any_of(gate_.begin(), gate_.end(), [&](const gate_entry& entry) { return is_of(entry.of); })) return true;
  return in_time && std::any_of(slots_.begin(), slots_.end(), [&](const call_slot& slot) { return is_of(slot.of); });
}

void core::give_back_what_is_quiet() {
  const auto now = around_.time.now();
  next_leaving_at_ = never;
  for (std::size_t number = 0; number < partitions; ++number) {
    const auto partition = static_cast<partition_no>(number);
    const auto until = leaves_at_[partition];
    if (until == 0) continue;
    if (still_busy(partition, now < until)) {
      SAGAD_PROBE("a partition that is handed over waits for what is open");
      if (now < until) next_leaving_at_ = std::min(next_leaving_at_, until);
      continue;
    }
    given_back_now_.push_back(partition);
    drop_partition(partition, dropped_as::handed_over);
    around_.given_back(partition, epochs_[partition]);
  }
}

void core::drop_partition(partition_no partition, dropped_as how) {
  std::erase(options_.partitions, partition);
  owned_[partition] = false;
  if (std::exchange(leaves_at_[partition], 0) != 0) --leaving_;
  const auto is_of = [partition](const saga_id& id) { return id.partition() == partition; };
  const auto has_one_of = [&](const auto& one) { return is_of(one.saga); };
  to_load_.drop(partition);
  std::erase_if(unread_, has_one_of);
  std::erase_if(loading_ahead_, [&](const auto& one) { return is_of(one.first); });
  std::erase_if(loaded_, [&](const auto& one) { return has_one_of(one.first); });
  for (auto one = residents_.begin(); one != residents_.end();) {
    auto& [id, lost] = *one;
    if (!is_of(id)) {
      ++one;
      continue;
    }
    let_look_on(lost, how);
    lost.vanished = true;
    part(lost);  // at once: also where records of it are still to be refused
    timers_.remove(lost);
    if (lost.queued == 0) {
      one = residents_.erase(one);
      continue;
    }
    // It may come back before these have settled, as another piece of memory.
    const auto next = std::next(one);
    departed_.emplace(&lost, residents_.extract(one));
    one = next;
  }
}

}  // namespace sagad::runtime

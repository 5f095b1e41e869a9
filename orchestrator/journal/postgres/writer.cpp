#include "journal/postgres/writer.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>

#include "journal/postgres/nodes.hpp"
#include "journal/postgres/reader.hpp"
#include "journal/postgres/unwritten.hpp"

namespace sagad::journal::postgres {
namespace {

exception told(const held_entry& entry, result what, std::string why = {}) {
  return {entry.ticket, what, {}, false, std::move(why)};
}

}  // namespace

writer::writer(const options& settings, lease& ownership, removal_gate& gone, std::uint64_t end, alarm& settles)
    : settings_(settings), lease_(ownership), gone_(gone), settles_(settles), next_place_(end), end_(end) {
  thread_ = std::thread([this] { run(); });
}

writer::~writer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void writer::submit(std::vector<held_entry>&& entries) {
  {
    const std::lock_guard lock(mutex_);
    for (auto& entry : entries) queue_.push_back(std::move(entry));
  }
  changed_.notify_all();
}

void writer::begin(partition_no partition, const std::vector<live_saga>& live) {
  live_sagas::set sagas;
  for (const auto& one : live) sagas.insert(one.saga);
  {
    const std::lock_guard lock(mutex_);
    live_counts_.at(partition) = sagas.size();
    beginnings_.push_back({partition, std::move(sagas)});
  }
  changed_.notify_all();
}

void writer::begin_at(std::uint64_t first, std::uint64_t slot) {
  const std::lock_guard lock(mutex_);
  next_place_ = std::max(next_place_, first);
  slot_ = slot;
  begun_at_ = std::max(begun_at_, first);
  if (!writing_at_) end_at(begun_at_);
}

void writer::end_at(std::uint64_t place) noexcept {
  end_.store(std::max(end(), place), std::memory_order_release);
}

std::uint64_t writer::floor(std::uint64_t at_least) {
  const std::lock_guard lock(mutex_);
  next_place_ = std::max(next_place_, at_least);
  return writing_at_.value_or(next_place_);
}

void writer::measure(statistics& to) const {
  const std::lock_guard lock(mutex_);
  to = counted_;
  for (partition_no partition = 0; partition < partitions; ++partition) {
    if (lease_.epoch(partition) != 0) to.live_sagas += live_counts_.at(partition);
  }
  if (!trouble_.empty()) {
    to.full = true;
    to.why_full = trouble_;
  }
}

void writer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto any = [this] { return ending_ || !queue_.empty() || !beginnings_.empty(); };
    const auto due = live_written_at_ + settings_.live_written_every;
    if (live_changes_.empty()) {
      changed_.wait(lock, any);
    } else {
      changed_.wait_until(lock, due, any);
    }
    take_beginnings();
    const bool ends = ending_ && queue_.empty();
    if (!live_changes_.empty() && (ends || std::chrono::steady_clock::now() >= due)) {
      lock.unlock();
      write_live();
      lock.lock();
    }
    if (ends) return;
    if (queue_.empty()) continue;
    work batch{next_batch(), {}, {}};
    lock.unlock();
    batch.outcomes.resize(batch.entries.size());
    const auto began = std::chrono::steady_clock::now();
    if (!commit(batch)) return;
    const auto took = std::chrono::steady_clock::now() - began;
    lock.lock();
    counted_.commit_nanoseconds += static_cast<std::uint64_t>(std::chrono::nanoseconds(took).count());
    ++counted_.commits;
    ++counted_.syncs;
    writing_at_.reset();
    end_at(begun_at_);
    lock.unlock();
    settle(batch);
    lock.lock();
  }
}

void writer::take_beginnings() {
  for (auto& one : std::exchange(beginnings_, {})) {
    live_.replace(one.partition, std::move(one.live));
    live_changes_.forget(one.partition);
  }
}

// What cannot be written now is written with what comes next. While the database is away an append finds that out.
void writer::write_live() {
  live_written_at_ = std::chrono::steady_clock::now();
  try {
    connect();
    live_changes_.write(*connection_);
    live_refused_ = false;
  } catch (const statement_failed& failed) {
    if (std::exchange(live_refused_, true)) return;
    tell(
        "the database does not take who lives, it is tried each second: until it does, whoever takes over reads "
        "more: " +
        std::string(failed.what()));
  } catch (const std::runtime_error&) {
    connection_.reset();
  }
}

// One that names a key which is in the batch already waits for what becomes of that one.
std::vector<held_entry> writer::next_batch() {
  std::vector<held_entry> batch;
  std::unordered_set<std::string> keys;
  std::size_t bytes = 0;
  while (!queue_.empty() && batch.size() < settings_.batch_entries_max) {
    auto& next = queue_.front();
    if (!batch.empty() && bytes + next.bytes.size() > settings_.batch_bytes_max) break;
    if (next.key && !keys.insert(next.key->text).second) break;
    bytes += next.bytes.size();
    batch.push_back(std::move(next));
    queue_.pop_front();
  }
  return batch;
}

bool writer::commit(work& batch) {
  refuse_what_cannot_be(batch);
  // While nobody removes sagas when there are records for such as are over.
  std::unique_lock<removal_gate> nobody_goes;
  const bool any_over = std::any_of(batch.pending.begin(), batch.pending.end(), [&](std::size_t at) {
    return batch.entries[at].seq != 1 && !live_.contains(batch.entries[at].saga);
  });
  if (any_over) {
    nobody_goes = std::unique_lock(gone_);
    if (!refuse_what_is_gone(batch)) return false;
  }
  while (!batch.pending.empty()) {
    if (!send(batch)) return false;
  }
  return true;
}

void writer::refuse(work& batch, std::size_t at, exception why) {
  const auto& entry = batch.entries[at];
  why.ticket = entry.ticket;
  if (entry.seq == 1 && why.result != result::not_owner) remember_refusal(entry.saga, why);
  batch.outcomes[at] = std::move(why);
}

void writer::refuse_what_cannot_be(work& batch) {
  // Read once, so that a partition has one epoch in the whole batch.
  std::array<std::uint64_t, partitions> epochs{};
  for (partition_no partition = 0; partition < partitions; ++partition) epochs.at(partition) = lease_.epoch(partition);
  for (std::size_t at = 0; at < batch.entries.size(); ++at) {
    const auto& entry = batch.entries[at];
    if (const auto epoch = epochs.at(entry.saga.partition()); epoch == 0 || entry.epoch != epoch) {
      refuse(batch, at, told(entry, result::not_owner));
      continue;
    }
    const auto refused = entry.seq == 1 ? refused_.end() : refused_.find(entry.saga);
    if (refused != refused_.end()) {
      refuse(batch, at, refused->second);
    } else {
      batch.pending.push_back(at);
    }
  }
}

// A saga that is not live has records, begins in this batch, or is gone.
bool writer::refuse_what_is_gone(work& batch) {
  std::unordered_set<saga_id, saga_id_hash> begun;
  std::vector<saga_id> asked;
  for (const auto at : batch.pending) {
    const auto& entry = batch.entries[at];
    if (entry.seq == 1) {
      begun.insert(entry.saga);
    } else if (!live_.contains(entry.saga) && !begun.contains(entry.saga)) {
      asked.push_back(entry.saga);
    }
  }
  if (asked.empty()) return true;
  std::unordered_set<saga_id, saga_id_hash> there;
  const bool known = insist(
      [&](connection& database) {
        there.clear();
        for (const auto& saga : present_of(database, asked)) there.insert(saga);
      },
      nullptr);
  if (!known) return false;
  const std::unordered_set<saga_id, saga_id_hash> not_live(asked.begin(), asked.end());
  std::erase_if(batch.pending, [&](std::size_t at) {
    const auto& entry = batch.entries[at];
    if (!not_live.contains(entry.saga) || there.contains(entry.saga)) return false;
    refuse(batch, at,
           told(entry, result::refused,
                "record " + std::to_string(entry.seq) + " of saga " + entry.saga.text() +
                    " has none before it: its start was refused, or it is gone"));
    return true;
  });
  return true;
}

// Each behind the one before; the number that is left by the slots says whose it is.
std::vector<sent_record> writer::give_places(const work& batch) {
  const std::lock_guard lock(mutex_);
  std::vector<sent_record> sent;
  for (const auto at : batch.pending) {
    const auto& entry = batch.entries[at];
    const auto place = next_place_ + (slots + slot_ - next_place_ % slots) % slots;
    sent.push_back({&entry, place});
    next_place_ = place + extent(entry.bytes.size());
  }
  writing_at_ = sent.front().place;
  return sent;
}

// Sends what is pending until it is known what became of it; false: it ends, and nothing is known.
bool writer::send(work& batch) {
  const auto sent = give_places(batch);
  bool in_doubt = false;
  bool all_written = false;
  std::string no_room;
  const bool known = insist(
      [&](connection& database) {
        no_room.clear();
        try {
          all_written = append_records(database, sent, in_doubt);
        } catch (const statement_failed& failed) {
          if (failed.is_duplicate()) {
            in_doubt = true;
            all_written = append_records(database, sent, true);
            return;
          }
          const bool any_start =
              std::any_of(sent.begin(), sent.end(), [](const auto& one) { return one.entry->seq == 1; });
          // Only what was never sent before is certainly not written.
          if (!failed.is_no_room() || in_doubt || !any_start) throw;
          no_room = failed.what();
        }
      },
      &in_doubt);
  if (!known) return false;
  if (no_room.empty()) return settle_sent(batch, sent, all_written);
  refuse_starts(batch, no_room);
  return true;
}

void writer::refuse_starts(work& batch, const std::string& why) {
  const auto line = "the database has no room: " + why;
  std::unordered_set<saga_id, saga_id_hash> refused;
  std::erase_if(batch.pending, [&](std::size_t at) {
    const auto& entry = batch.entries[at];
    if (entry.seq == 1) refused.insert(entry.saga);
    if (!refused.contains(entry.saga)) return false;
    refuse(batch, at, told(entry, result::full, line));
    return true;
  });
  const std::lock_guard lock(mutex_);
  counted_.full = true;
  counted_.why_full = line;
}

// All that was written is durable. Else it is asked of each what became of it, and afterwards that is pending which is
// to be sent as something new.
bool writer::settle_sent(work& batch, const std::vector<sent_record>& sent, bool all_written) {
  if (all_written) {
    for (const auto& one : sent) remember_durable(one);
    batch.pending.clear();
    return true;
  }
  std::vector<standing> standings;
  const auto ask = [&](connection& database) { standings = explain(database, sent, settings_.retention); };
  if (!insist(ask, nullptr)) return false;
  std::vector<std::size_t> again;
  for (std::size_t number = 0; number < sent.size(); ++number) {
    const auto at = batch.pending[number];
    auto& found = standings[number];
    if (found.durable) {
      remember_durable(sent[number]);
    } else if (found.why) {
      const auto& entry = batch.entries[at];
      if (found.why->result == result::not_owner) lease_.lose({entry.saga.partition(), entry.epoch});
      refuse(batch, at, std::move(*found.why));
    } else {
      again.push_back(at);
    }
  }
  batch.pending = std::move(again);
  return true;
}

void writer::remember_refusal(const saga_id& saga, const exception& why) {
  constexpr std::size_t refused_max = 16'384;
  if (!refused_.insert_or_assign(saga, why).second) return;
  refused_order_.push_back(saga);
  if (refused_order_.size() > refused_max) {
    refused_.erase(refused_order_.front());
    refused_order_.pop_front();
  }
}

void writer::remember_durable(const sent_record& sent) {
  const auto& entry = *sent.entry;
  live_changes_.reached(entry.saga.partition(), entry.epoch, entry.position);
  if (entry.final) {
    if (live_.erase(entry.saga)) live_changes_.ended(entry.saga);
  } else if (live_.insert(entry.saga)) {
    live_changes_.began(entry.saga);
  }
  const std::lock_guard lock(mutex_);
  end_at(sent.place + extent(entry.bytes.size()));
  live_counts_.at(entry.saga.partition()) = live_.count(entry.saga.partition());
  ++counted_.records;
  counted_.bytes += entry.bytes.size();
  if (entry.seq == 1) {
    counted_.full = false;
    counted_.why_full.clear();
  }
}

// Nobody is woken under a lock: a wake may come right back with the next entries.
void writer::settle(work& batch) {
  std::vector<std::shared_ptr<settlement>> moved;
  std::vector<exception> exceptions;
  for (std::size_t at = 0; at < batch.entries.size(); ++at) {
    const auto& entry = batch.entries[at];
    forget(entry.saga.partition());
    if (batch.outcomes[at]) exceptions.push_back(std::move(*batch.outcomes[at]));
    const bool more = at + 1 < batch.entries.size() && batch.entries[at + 1].owner == entry.owner;
    if (more) continue;
    entry.owner->move_to(entry.ticket, exceptions);
    if (std::find(moved.begin(), moved.end(), entry.owner) == moved.end()) moved.push_back(entry.owner);
  }
  for (const auto& owner : moved) owner->wake();
  if (awaited_.exchange(false, std::memory_order_seq_cst)) settles_.ring();
}

// Perhaps another server has long taken the place of the one that was asked, and the lease is renewed there. Sending it
// again does no harm.
void writer::connect() {
  if (connection_) return;
  auto how = login_of(settings_, "writer");
  how.answer_patience = settings_.append_patience;
  how.connect_timeout = std::min(how.connect_timeout, settings_.append_patience / 3);
  // The database gives up a little earlier, so that nothing that nobody waits for keeps its locks.
  how.statement_timeout = std::min(how.statement_timeout, settings_.append_patience * 3 / 4);
  connection_.emplace(connect_to_journal(settings_, how));
}

bool writer::insist(const std::function<void(connection&)>& ask, bool* in_doubt) {
  auto pause = settings_.retry_min;
  for (;;) {
    std::string why;
    bool no_room = false;
    try {
      connect();
      ask(*connection_);
      tell_back();
      return true;
    } catch (const connection_lost& lost) {
      if (connection_ && in_doubt != nullptr) *in_doubt = true;
      connection_.reset();
      why = in_the_way(lost);
    } catch (const settings_refused& refused) {
      connection_.reset();
      why = in_the_way(refused);
    } catch (const statement_failed& failed) {
      why = in_the_way(failed);
      no_room = failed.is_no_room();
    }
    if (!wait_to_try_again(why, no_room, pause)) return false;
  }
}

// Starts would wait behind what has no room: they are better told so.
bool writer::wait_to_try_again(const std::string& why, bool no_room, std::chrono::milliseconds& pause) {
  {
    const std::lock_guard lock(mutex_);
    trouble_ = why;
    counted_.waits_for_room = no_room;
  }
  if (!std::exchange(away_, true)) tell(why + "; what is to be recorded waits, and is sent again by itself");
  std::unique_lock lock(mutex_);
  const bool ends = changed_.wait_for(lock, pause, [this] { return ending_; });
  pause = std::min(2 * pause, settings_.retry_max);
  return !ends;
}

void writer::tell_back() {
  if (!std::exchange(away_, false)) return;
  {
    const std::lock_guard lock(mutex_);
    trouble_.clear();
    counted_.waits_for_room = false;
  }
  tell("the database answers again");
}

void writer::tell(const std::string& what) const {
  if (settings_.tell) settings_.tell(what);
}

}  // namespace sagad::journal::postgres

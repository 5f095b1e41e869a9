#include "journal/memory/store.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/probe.hpp"
#include "journal/entry_limits.hpp"
#include "journal/memory/contents.hpp"

namespace sagad::journal::memory {

class store::lane final : public appender {
 public:
  lane(store& journal, std::function<void()> wake)
      : journal_(journal), settled_(std::make_shared<settlement>(std::move(wake))) {}
  ~lane() override { settled_->close(); }
  lane(const lane&) = delete;
  lane& operator=(const lane&) = delete;

  ticket append(const entry& entry) override {
    check_limits(entry);
    held_entry held{settled_, ++last_, entry, std::string(entry.bytes), {}, {}, {}};
    held.entry.bytes = {};
    held.entry.key = nullptr;
    if (entry.key != nullptr) {
      held.key = entry.key->text;
      held.request_bytes = entry.key->request_bytes;
      held.request_canonical = entry.key->request_canonical;
    }
    collected_.push_back(std::move(held));
    return last_;
  }

  bool submit(bool may_commit_here) override {
    if (collected_.empty()) return false;
    // Apart, because the wake within may append the next ones.
    auto batch = std::exchange(collected_, {});
    journal_.submit(batch);
    return may_commit_here;
  }

  ticket settled(std::vector<exception>& exceptions) override { return settled_->take(exceptions); }

 private:
  store& journal_;
  std::shared_ptr<settlement> settled_;
  std::vector<held_entry> collected_;
  ticket last_ = 0;
};

namespace {

void in_due_order(std::vector<live_saga>& live) {
  std::sort(live.begin(), live.end(), [](const live_saga& left, const live_saga& right) {
    return std::pair(left.due, left.saga) < std::pair(right.due, right.saga);
  });
}

}  // namespace

store::store(retention kept_for) : store(std::make_shared<contents>(), kept_for) {}

// One of several: no partition is its own yet.
store::store(const shared& with, retention kept_for)
    : mutex_(with.mutex), retention_(kept_for), kept_(with.kept), waiting_(std::make_unique<waiting>()) {
  opened_.identity = kept_->identity;
  opened_.kept_for = retention_;
}

store::store(std::shared_ptr<contents> kept, retention kept_for)
    : mutex_(std::make_shared<std::mutex>()),
      retention_(kept_for),
      kept_(std::move(kept)),
      waiting_(std::make_unique<waiting>()) {
  for (const auto& [saga, state] : kept_->sagas) {
    if (state.live) live_.push_back({saga, state.due});
  }
  in_due_order(live_);
  opened_.identity = kept_->identity;
  opened_.last_position = kept_->last_position;
  opened_.epoch = ++kept_->epoch;
  kept_->epochs.assign(partitions, opened_.epoch);
  opened_.last_time = kept_->last_time;
  opened_.live_sagas = live_.size();
  opened_.kept_for = retention_;
}

store::~store() = default;

const opening& store::opened() const {
  return opened_;
}

std::unique_ptr<appender> store::make_appender(std::function<void()> wake) {
  return std::make_unique<lane>(*this, std::move(wake));
}

void store::submit(std::vector<held_entry>& entries) {
  std::unique_lock lock(*mutex_);
  if (dead_) return;
  for (auto& entry : entries) waiting_->push_back(std::move(entry));
  if (!holding_) settle(waiting_->size(), lock);
}

// Gives the lock back before anybody is woken: a wake may come right back with the next entries.
void store::settle(std::size_t entries, std::unique_lock<std::mutex>& lock) {
  std::vector<std::shared_ptr<settlement>> moved;
  std::vector<exception> told;
  const bool any = entries != 0 && !waiting_->empty();
  for (; entries != 0 && !waiting_->empty(); --entries) {
    const auto entry = std::move(waiting_->front());
    waiting_->pop_front();
    const auto outcome = decide(entry);
    if (outcome.result != result::durable) told.push_back(outcome);
    entry.owner->move_to(entry.ticket, told);
    if (std::find(moved.begin(), moved.end(), entry.owner) == moved.end()) moved.push_back(entry.owner);
  }
  if (any) {
    ++measured_.commits;
    ++measured_.syncs;
  }
  lock.unlock();
  for (const auto& owner : moved) owner->wake();
}

std::optional<verdict> store::chosen(const entry& entry) {
  if (const auto found = injected_.find({entry.saga, entry.seq}); found != injected_.end()) {
    const auto outcome = found->second;
    injected_.erase(found);
    return outcome;
  }
  return choose_ ? choose_(entry) : std::nullopt;
}

bool store::refused_with_its_start(const held_entry& entry, exception& outcome) const {
  if (entry.entry.seq == 1) return false;
  const auto found = refused_.find(entry.entry.saga);
  if (found == refused_.end()) return false;
  outcome = found->second;
  outcome.ticket = entry.ticket;
  return true;
}

exception store::decide(const held_entry& held) {
  exception outcome{held.ticket, result::durable, {}, false};
  const auto partition = held.entry.saga.partition();
  if (lost_.contains(partition) || held.entry.epoch != kept_->epochs[partition]) {
    outcome.result = result::not_owner;
    return outcome;
  }
  if (const auto frozen = frozen_.find(partition); frozen != frozen_.end()) {
    if (held.entry.position != frozen->second) {
      outcome.result = result::unknown;
      return outcome;
    }
    frozen_.erase(frozen);
  }
  if (refused_with_its_start(held, outcome)) return outcome;

  start_key name;
  const auto choice = chosen(held.view(name)).value_or(verdict{});
  if (choice.result == result::not_owner) lost_.insert(partition);
  if (choice.result == result::unknown) {
    frozen_[partition] = held.entry.position;
    if (choice.written) place(held);
    if (choice.late) kept_->late.push_back(held);
  }
  outcome.result = choice.result;
  outcome.why = choice.why;
  if (outcome.result == result::durable) outcome = place(held);
  const bool refused =
      outcome.result == result::full || outcome.result == result::duplicate_key || outcome.result == result::refused;
  if (refused && held.entry.seq == 1) refused_[held.entry.saga] = outcome;
  return outcome;
}

exception store::place(const held_entry& held) {
  exception outcome{held.ticket, result::durable, {}, false};
  const auto& entry = held.entry;
  if (entry.position <= kept_->last_position[entry.saga.partition()]) {
    // Sent again after `unknown`: it is there already.
    const auto found = kept_->sagas.find(entry.saga);
    if (found != kept_->sagas.end()) {
      for (const auto& one : found->second.records) {
        if (one.record.position != entry.position) continue;
        if (one.record.bytes != held.bytes) throw std::logic_error("journal: a position at which another record is");
        SAGAD_PROBE("what is appended again was written the first time");
        return outcome;
      }
    }
    throw std::logic_error("journal: a position that is not above the partition's last one");
  }
  if (entry.seq != 1 && kept_->oldest != 0 && !kept_->sagas.contains(entry.saga)) {
    outcome.result = result::refused;
    outcome.why = "record " + std::to_string(entry.seq) + " of saga " + entry.saga.text() + " has none before it";
    return outcome;
  }
  if (entry.seq == 1 && refuse_starts_) {
    outcome.result = result::full;
    return outcome;
  }
  if (!held.key.empty()) {
    if (const auto holder = holder_at(held.key, entry.time)) {
      outcome.result = result::duplicate_key;
      outcome.held_by = holder->saga;
      outcome.same_request =
          holder->request_bytes == held.request_bytes || holder->request_canonical == held.request_canonical;
      return outcome;
    }
    kept_->keys[held.key] = {{entry.saga, held.request_bytes, held.request_canonical}, never};
  }
  write(held);
  return outcome;
}

void store::write(const held_entry& held) {
  const auto& entry = held.entry;
  auto& saga = kept_->sagas[entry.saga];
  if (!held.key.empty()) saga.key = held.key;
  saga.newest = kept_->end();
  saga.due = entry.due;
  saga.live = !entry.final;
  saga.records.push_back({{entry.saga, entry.position, entry.seq, held.bytes}, entry.time});
  kept_->records.push_back(saga.records.back());
  kept_->last_position[entry.saga.partition()] = entry.position;
  kept_->last_time = std::max(kept_->last_time, entry.time);
  kept_->last_time_of[entry.saga.partition()] = std::max(kept_->last_time_of[entry.saga.partition()], entry.time);
  ++measured_.records;
  measured_.bytes += held.bytes.size();
}

std::vector<stored_record> store::read(const saga_id& saga) {
  must_answer();
  const std::lock_guard lock(*mutex_);
  if (fail_reads_) throw damaged("its reads fail");
  std::vector<stored_record> result;
  if (const auto found = kept_->sagas.find(saga); found != kept_->sagas.end()) {
    for (const auto& one : found->second.records) result.push_back(one.record);
  }
  return result;
}

std::optional<key_holder> store::holder_at(std::string_view key, millis now) const {
  const auto found = kept_->keys.find(key);
  if (found == kept_->keys.end()) return std::nullopt;
  const auto saga = kept_->sagas.find(found->second.holder.saga);
  const bool over = saga == kept_->sagas.end() ? is_over(found->second.ended, retention_.keys, now)
                                               : saga->second.is_over_at(now, retention_.keys);
  return over ? std::nullopt : std::optional(found->second.holder);
}

bool store::has(const saga_id& saga) {
  const std::lock_guard lock(*mutex_);
  return kept_->sagas.contains(saga);
}

std::optional<key_holder> store::find_key(std::string_view key, millis now) {
  const std::lock_guard lock(*mutex_);
  return holder_at(key, now);
}

std::vector<live_saga> store::live() {
  const std::lock_guard lock(*mutex_);
  return live_;
}

cursor store::oldest() const {
  const std::lock_guard lock(*mutex_);
  return {kept_->oldest};
}

cursor store::scan(cursor from, std::size_t count, const std::function<void(const stored_record&)>& visit) {
  std::vector<stored_record> found;
  {
    const std::lock_guard lock(*mutex_);
    if (from.at < kept_->oldest) throw trimmed({kept_->oldest});
    for (; found.size() < count && from.at < kept_->end(); ++from.at) {
      found.push_back(kept_->records[from.at - kept_->oldest].record);
    }
  }
  for (const auto& record : found) visit(record);
  return from;
}

cursor store::end() const {
  const std::lock_guard lock(*mutex_);
  return {kept_->end()};
}

bool store::trim(millis now) {
  const std::lock_guard lock(*mutex_);
  std::erase_if(kept_->keys, [&](const auto& one) {
    return !kept_->sagas.contains(one.second.holder.saga) && is_over(one.second.ended, retention_.keys, now);
  });
  while (!kept_->records.empty() && is_over(kept_->records.front().time, retention_.history, now)) {
    const auto found = kept_->sagas.find(kept_->records.front().record.saga);
    if (found != kept_->sagas.end() && !found->second.live && found->second.newest == kept_->oldest) {
      const auto taken = kept_->keys.find(found->second.key);
      if (taken != kept_->keys.end() && taken->second.holder.saga == found->first) {
        taken->second.ended = found->second.records.back().time;
      }
      kept_->sagas.erase(found);
    }
    kept_->records.pop_front();
    ++kept_->oldest;
  }
  return false;
}

std::vector<saga_id> store::carried() {
  const std::lock_guard lock(*mutex_);
  std::unordered_map<saga_id, std::size_t, saga_id_hash> reached;
  for (const auto& one : kept_->records) ++reached[one.record.saga];
  std::vector<saga_id> result;
  for (const auto& [saga, state] : kept_->sagas) {
    if (state.records.size() != reached[saga]) result.push_back(saga);
  }
  std::sort(result.begin(), result.end());
  return result;
}

stored_definition store::put_definition(const std::string& definition_name, const std::string& canonical) {
  const std::lock_guard lock(*mutex_);
  ++kept_->definition_changes;
  return kept_->definitions.put(definition_name, canonical).definition;
}

bool store::retire_definition(const std::string& definition_name) {
  const std::lock_guard lock(*mutex_);
  if (!kept_->definitions.knows(definition_name)) return false;
  ++kept_->definition_changes;
  kept_->definitions.retire(definition_name, true);
  return true;
}

std::vector<stored_definition> store::definitions() {
  const std::lock_guard lock(*mutex_);
  return kept_->definitions.all();
}

definition_news store::definitions_after(std::size_t known) {
  const std::lock_guard lock(*mutex_);
  return kept_->definitions.after(known);
}

std::uint64_t store::definition_changes() const {
  const std::lock_guard lock(*mutex_);
  return kept_->definition_changes;
}

journal::statistics store::measured() const {
  const std::lock_guard lock(*mutex_);
  auto result = measured_;
  result.live_sagas = 0;
  for (const auto& [saga, state] : kept_->sagas) result.live_sagas += state.live ? 1 : 0;
  result.kept_bytes = 0;
  for (const auto& one : kept_->records) result.kept_bytes += one.record.bytes.size();
  result.full = refuse_starts_;
  return result;
}

void store::hold() {
  const std::lock_guard lock(*mutex_);
  holding_ = true;
}

void store::release(std::size_t entries) {
  std::unique_lock lock(*mutex_);
  settle(entries, lock);
}

void store::release_all() {
  std::unique_lock lock(*mutex_);
  holding_ = false;
  settle(waiting_->size(), lock);
}

std::size_t store::held() const {
  const std::lock_guard lock(*mutex_);
  return waiting_->size();
}

void store::inject(const saga_id& saga, std::uint32_t seq, verdict outcome) {
  const std::lock_guard lock(*mutex_);
  injected_[{saga, seq}] = outcome;
}

void store::choose(chooser choose) {
  const std::lock_guard lock(*mutex_);
  choose_ = std::move(choose);
}

void store::refuse_starts(bool refuse) {
  const std::lock_guard lock(*mutex_);
  refuse_starts_ = refuse;
}

void store::fail_reads(bool fail) {
  const std::lock_guard lock(*mutex_);
  fail_reads_ = fail;
}

void store::be_away(bool away) {
  be_away_when(away ? std::function<bool()>([] { return true; }) : nullptr);
}

void store::be_away_when(std::function<bool()> away) {
  const std::lock_guard lock(*mutex_);
  away_ = std::move(away);
}

// Asked without the lock: an answer may take its time, and others are answered meanwhile.
void store::must_answer() const {
  std::function<bool()> away;
  {
    const std::lock_guard lock(*mutex_);
    away = away_;
  }
  if (away && away()) throw unreachable("it is away");
}

void store::lose(partition_no partition) {
  const std::lock_guard lock(*mutex_);
  lost_.insert(partition);
}

std::unique_ptr<store> store::crash(std::size_t unsettled) {
  const std::lock_guard lock(*mutex_);
  for (; unsettled != 0 && !waiting_->empty(); --unsettled) {
    decide(waiting_->front());
    waiting_->pop_front();
  }
  waiting_->clear();
  dead_ = true;
  return std::unique_ptr<store>(new store(std::make_shared<contents>(*kept_), retention_));
}

void store::die(std::size_t unsettled, std::size_t late) {
  const std::lock_guard lock(*mutex_);
  for (; unsettled != 0 && !waiting_->empty(); --unsettled) {
    decide(waiting_->front());
    waiting_->pop_front();
  }
  for (; late != 0 && !waiting_->empty(); --late) {
    auto next = std::move(waiting_->front());
    waiting_->pop_front();
    // Nothing is on its way yet that comes after one of which it is not known whether it was written.
    const auto frozen = frozen_.find(next.entry.saga.partition());
    if (frozen != frozen_.end() && next.entry.position != frozen->second) continue;
    if (frozen != frozen_.end()) frozen_.erase(frozen);
    kept_->late.push_back(std::move(next));
  }
  waiting_->clear();
  dead_ = true;
}

std::size_t store::late() const {
  const std::lock_guard lock(*mutex_);
  return kept_->late.size();
}

void store::commit_late(std::size_t entries) {
  const std::lock_guard lock(*mutex_);
  for (; entries != 0 && !kept_->late.empty(); --entries) {
    const auto held = std::move(kept_->late.front());
    kept_->late.pop_front();
    const auto partition = held.entry.saga.partition();
    if (held.entry.epoch != kept_->epochs[partition]) continue;
    if (held.entry.position <= kept_->last_position[partition]) continue;  // its twin was there first
    SAGAD_PROBE("what nobody waits for any more is written after all");
    place(held);
  }
}

void store::forget_late() {
  const std::lock_guard lock(*mutex_);
  kept_->late.clear();
}

taken_partition store::tail_of(partition_no partition) {
  const std::lock_guard lock(*mutex_);
  taken_partition tail;
  tail.partition = partition;
  tail.epoch = kept_->epochs[partition];
  tail.last_position = kept_->last_position[partition];
  tail.last_time = kept_->last_time_of[partition];
  for (const auto& [saga, state] : kept_->sagas) {
    if (state.live && saga.partition() == partition) tail.live.push_back({saga, state.due});
  }
  in_due_order(tail.live);
  frozen_.erase(partition);
  return tail;
}

void store::settle_of(partition_no partition) {
  std::unique_lock lock(*mutex_);
  std::size_t entries = 0;
  for (std::size_t at = 0; at < waiting_->size(); ++at) {
    if ((*waiting_)[at].entry.saga.partition() == partition) entries = at + 1;
  }
  settle(entries, lock);
}

}  // namespace sagad::journal::memory

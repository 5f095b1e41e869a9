#include "journal/log/index.hpp"

#include <chrono>
#include <utility>

#include "base/probe.hpp"
#include "journal/log/fatal.hpp"

namespace sagad::journal::log {
namespace {

// Of tries that failed people hear the first, and then one in so many: each minute as it is usually tried.
constexpr std::uint64_t failures_told = 60;
// Log without keys or ends is told to the index too, or an opening would read it all again.
constexpr std::uint64_t idle_bytes_max = 16U << 20U;
// So removing takes a third of a processor at most, and still ten times as many sagas as one can finish.
constexpr std::chrono::milliseconds rest_after_removing{4};

}  // namespace

index::index(const options& settings, std::unique_ptr<index_db> stored, index_entries since, offset oldest)
    : settings_(settings),
      stored_(std::move(stored)),
      changed_(settings.threads->make_condition()),
      newest_(std::move(since)),
      written_upto_(stored_->position()),
      oldest_(oldest) {
  behind_ = newest_.size();
  thread_ = settings.threads->start(threads::priority::low, [this] { run(); });
}

index::~index() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_->notify_all();
  thread_->join();
}

void index::add(std::span<const key_entry> keys, std::span<const finished_entry> finished, offset upto) {
  const std::lock_guard lock(mutex_);
  const bool waited = worth_writing();
  for (const auto& key : keys) newest_.keys.add(key);
  for (const auto& saga : finished) newest_.finished.put(saga);
  newest_.upto = upto;
  behind_ = newest_.size() + writing_.size();
  if (!waited && worth_writing()) changed_->notify_one();
}

void index::find_keys(std::uint64_t hash, reader who, std::vector<offset>& places) {
  const auto collect = [&](const key_entry& entry) { places.push_back(entry.at); };
  {
    const std::lock_guard lock(mutex_);
    newest_.keys.for_key(hash, collect);
    writing_.keys.for_key(hash, collect);
  }
  try {
    stored_->find_keys(hash, who, places);
  } catch (const sqlite_error& error) {
    give_up(error);
  }
}

std::optional<offset> index::find_finished(const saga_id& saga, reader who) {
  for (;;) {
    const auto before = oldest();
    const auto found = last_told(saga, who);
    if (found && *found >= oldest()) return found;
    // It may have been copied while it was looked for, and what it was copied from freed.
    if (oldest() == before) return std::nullopt;
  }
}

std::vector<std::optional<offset>> index::find_finished(std::span<const saga_id> sagas) {
  const auto before = oldest();
  std::vector<std::optional<offset>> found;
  found.reserve(sagas.size());
  {
    const std::lock_guard lock(mutex_);
    for (const auto& saga : sagas) found.push_back(in_memory(saga));
  }
  std::vector<saga_id> asked;
  for (std::size_t at = 0; at < sagas.size(); ++at) {
    if (!found[at]) asked.push_back(sagas[at]);
  }
  std::vector<std::optional<offset>> stored;
  stored.reserve(asked.size());
  try {
    if (!asked.empty()) stored_->find_finished(asked, reader::cleaners, stored);
  } catch (const sqlite_error& error) {
    give_up(error);
  }
  for (std::size_t at = 0, next = 0; at < sagas.size(); ++at) {
    if (!found[at]) found[at] = stored[next++];
    if (found[at] && *found[at] >= oldest()) continue;
    // As one that is looked for alone.
    found[at] = oldest() == before ? std::nullopt : find_finished(sagas[at], reader::cleaners);
  }
  return found;
}

// With the lock.
std::optional<offset> index::in_memory(const saga_id& saga) const {
  if (const auto* found = newest_.finished.find(saga)) return found->newest;
  if (const auto* found = writing_.finished.find(saga)) return found->newest;
  return std::nullopt;
}

std::optional<offset> index::last_told(const saga_id& saga, reader who) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = in_memory(saga)) return found;
  }
  try {
    return stored_->find_finished(saga, who);
  } catch (const sqlite_error& error) {
    give_up(error);
  }
}

void index::free(index_db::freed what) {
  oldest_.store(what.oldest, std::memory_order_release);
  const std::lock_guard lock(mutex_);
  freed_.push_back(std::move(what));
  changed_->notify_one();
}

// What stands for one piece of the log, a transaction at a time with a rest behind each: who appends has the processor
// and the disk meanwhile. What cannot be removed now is removed by an opening: nobody is told it any more.
void index::remove_freed(std::unique_lock<std::mutex>& lock) {
  auto freed = std::move(freed_.front());
  freed_.pop_front();
  for (bool more = true; more;) {
    lock.unlock();
    try {
      more = stored_->remove_freed(freed, settings_.index_removed_at_once);
    } catch (const sqlite_error& error) {
      if (error.damage()) give_up(error);
      more = false;
    }
    lock.lock();
    if (more) changed_->wait_for(lock, rest_after_removing, [&] { return stop_; });
  }
}

// Without an answer no start can be told from a repeated one: the next opening builds a sound index.
void index::give_up(const sqlite_error& error) {
  if (error.damage()) index_db::remove(settings_.directory);
  fatal(settings_.directory + "/index.db: " + error.what() +
        (error.damage() ? "; it was removed, the next start builds it again from the log" : ""));
}

bool index::worth_writing() const {
  return newest_.size() >= settings_.index_batch || bytes_between(written_upto_, newest_.upto) >= idle_bytes_max;
}

void index::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_->wait_for(lock, settings_.index_delay, [&] { return stop_ || worth_writing() || !freed_.empty(); });
    const bool last = stop_;
    if (!freed_.empty()) remove_freed(lock);
    if (newest_.upto > written_upto_ && (newest_.size() != 0 || worth_writing() || last)) {
      SAGAD_PROBE("the index is written while the log is open");
      writing_ = std::exchange(newest_, index_entries{});
      newest_.upto = writing_.upto;
      bool written = false;
      do {
        lock.unlock();
        written = write();
        lock.lock();
        if (written || stop_) break;
        changed_->wait_for(lock, settings_.index_retry, [&] { return stop_; });
      } while (true);
      // What could not be written is read from the log again at the next opening, and nothing behind it may be written
      // before: the position would stand for it too.
      if (!written) return;
      written_upto_ = writing_.upto;
      // Freed without the lock: many entries take milliseconds.
      auto done = std::exchange(writing_, index_entries{});
      behind_ = newest_.size();
      lock.unlock();
      done = index_entries{};
      lock.lock();
    }
    if (last && freed_.empty()) return;
  }
}

bool index::write() {
  try {
    stored_->add(writing_);
  } catch (const sqlite_error& error) {
    if (error.damage()) give_up(error);
    tell_failure(error);
    return false;
  }
  if (failures_ != 0 && settings_.tell) settings_.tell(settings_.directory + "/index.db is written again");
  failures_ = 0;
  const std::lock_guard lock(mutex_);
  trouble_.clear();
  return true;
}

void index::tell_failure(const sqlite_error& error) {
  const auto what = settings_.directory + "/index.db cannot be written: " + error.what();
  if (failures_++ % failures_told == 0 && settings_.tell) {
    settings_.tell(what + "; it is tried again, and " + std::to_string(behind()) +
                   " keys and finished sagas wait in memory");
  }
  const std::lock_guard lock(mutex_);
  trouble_ = what;
}

std::string index::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

}  // namespace sagad::journal::log

#include "journal/postgres/pool.hpp"

namespace sagad::journal::postgres {

pool::pool(const options& settings, asker who)
    : settings_(settings),
      who_(who),
      patience_(who == asker::reactor ? settings.prompt_patience : settings.read_patience),
      thread_([this] { make_what_is_wanted(); }) {}

pool::~pool() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::unique_ptr<connection> pool::take(time until) {
  std::unique_lock lock(mutex_);
  const auto heard = answers_;
  if (idle_.empty() && away_.empty()) {
    await_one(lock, until);
  }
  if (idle_.empty() || !away_.empty()) tell_of_none(heard);
  auto one = std::move(idle_.back());
  idle_.pop_back();
  ++used_;
  if (who_ == asker::reactor) one->give_up_at(until);
  return one;
}

// Whoever is patient also waits for a try that is under way when his time is over.
void pool::await_one(std::unique_lock<std::mutex>& lock, time until) {
  const auto at_last = who_ == asker::reactor ? until : until + settings_.connect_timeout;
  ++waiting_;
  changed_.notify_all();
  changed_.wait_until(lock, at_last, [this, until] {
    if (!idle_.empty() || !away_.empty() || refused_ != nullptr) return true;
    return !not_made_.empty() && std::chrono::steady_clock::now() >= until;
  });
  --waiting_;
}

// Under the lock. Whether the database is away is seen by none being made, and nobody being answered meanwhile: where
// all are in use it is not known.
void pool::tell_of_none(std::uint64_t heard) {
  if (!away_.empty()) throw connection_lost(away_);
  if (refused_ != nullptr) std::rethrow_exception(std::exchange(refused_, nullptr));
  if (!not_made_.empty()) {
    away_ = not_made_;
  } else if (making_ && answers_ == heard) {
    away_ = "no connection could be made for " + std::to_string(patience_.count()) + " ms";
  }
  if (away_.empty()) throw connection_lost("all connections for reads are in use");
  changed_.notify_all();
  throw connection_lost(away_);
}

void pool::give_back(std::unique_ptr<connection> one) {
  {
    const std::lock_guard lock(mutex_);
    --used_;
    heard_of_it();
    if (one->usable()) idle_.push_back(std::move(one));
  }
  changed_.notify_all();
}

void pool::drop() {
  {
    const std::lock_guard lock(mutex_);
    --used_;
    heard_of_it();
  }
  changed_.notify_all();
}

// The others are of the same server, and likely gone with it.
bool pool::drop_lost(time until, const std::string& why) {
  std::unique_lock lock(mutex_);
  --used_;
  idle_.clear();
  const auto now = std::chrono::steady_clock::now();
  if (now >= until) away_ = why;
  changed_.notify_all();
  if (now >= until) return false;
  changed_.wait_until(lock, std::min(until, now + settings_.retry_min), [this] { return ends_.load(); });
  return true;
}

void pool::heard_of_it() noexcept {
  ++answers_;
  not_made_.clear();
  away_.clear();
}

void pool::hear_of_an_answer(bool anew) {
  {
    const std::lock_guard lock(mutex_);
    if (anew) idle_.clear();
    now_ = !away_.empty();
  }
  changed_.notify_all();
}

bool pool::wants_one() const noexcept {
  return !away_.empty() || (waiting_ > idle_.size() && used_ + idle_.size() < settings_.readers_max);
}

void pool::make_what_is_wanted() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ends_ || wants_one(); });
    if (ends_) return;
    now_ = false;
    making_ = true;
    lock.unlock();
    std::unique_ptr<connection> made;
    std::string why;
    std::exception_ptr refused;
    try {
      made = std::make_unique<connection>(make());
    } catch (const connection_lost& lost) {
      why = lost.what();
    } catch (...) {
      refused = std::current_exception();
    }
    lock.lock();
    making_ = false;
    not_made_ = why;
    refused_ = refused;
    if (why.empty()) away_.clear();
    const bool is_made = made != nullptr;
    if (is_made) idle_.push_back(std::move(made));
    changed_.notify_all();
    if (is_made) continue;
    const auto pause = away_.empty() ? settings_.retry_min : settings_.retry_max;
    changed_.wait_for(lock, pause, [this] { return ends_ || now_; });
  }
}

connection pool::make() {
  const bool prompt = who_ == asker::reactor;
  auto how = login_of(settings_, prompt ? "reader of a reactor" : "reader");
  how.lock_timeout = settings_.read_lock_patience;
  how.unwanted = &ends_;
  if (prompt) {
    // The database gives up a little earlier, so that it has answered: that it is slow does not make it away.
    how.answer_patience = patience_;
    how.statement_timeout = std::min(how.statement_timeout, patience_ * 3 / 4);
    how.lock_timeout = std::min(how.lock_timeout, patience_ / 2);
  }
  return connect_to_journal(settings_, how);
}

}  // namespace sagad::journal::postgres

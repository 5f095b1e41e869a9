#include "journal/postgres/pool.hpp"

#include <thread>

namespace sagad::journal::postgres {

std::unique_ptr<connection> pool::take() {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return used_ < settings_.readers_max; });
    ++used_;
    if (!idle_.empty()) {
      auto one = std::move(idle_.back());
      idle_.pop_back();
      return one;
    }
  }
  auto how = login_of(settings_, "reader");
  how.lock_timeout = settings_.read_lock_patience;
  return std::make_unique<connection>(connect_to_journal(settings_, how));
}

void pool::give_back(std::unique_ptr<connection> one) {
  {
    const std::lock_guard lock(mutex_);
    --used_;
    if (one->usable()) idle_.push_back(std::move(one));
  }
  changed_.notify_one();
}

// The others are of the same server, and likely gone with it; not so when it only takes no more.
void pool::drop(bool made) {
  {
    const std::lock_guard lock(mutex_);
    --used_;
    if (made) idle_.clear();
  }
  changed_.notify_one();
}

bool pool::begin() {
  const std::lock_guard lock(mutex_);
  if (away_.empty()) return false;
  const auto now = std::chrono::steady_clock::now();
  if (now - tried_ < settings_.retry_max) throw connection_lost(away_);
  tried_ = now;
  return true;
}

void pool::it_answers() {
  const std::lock_guard lock(mutex_);
  away_.clear();
}

void pool::hear_of_an_answer(bool anew) {
  const std::lock_guard lock(mutex_);
  away_.clear();
  if (anew) idle_.clear();
}

void pool::it_does_not(const std::string& why) {
  const std::lock_guard lock(mutex_);
  away_ = why;
  tried_ = std::chrono::steady_clock::now();
}

void pool::pause() {
  std::this_thread::sleep_for(settings_.retry_min);
}

}  // namespace sagad::journal::postgres

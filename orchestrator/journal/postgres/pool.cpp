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
  return std::make_unique<connection>(login_of(settings_, "reader"));
}

void pool::give_back(std::unique_ptr<connection> one) {
  {
    const std::lock_guard lock(mutex_);
    --used_;
    if (one != nullptr && one->usable()) {
      idle_.push_back(std::move(one));
    } else {
      // The others are of the same server, and likely gone with it.
      if (one == nullptr) idle_.clear();
    }
  }
  changed_.notify_one();
}

void pool::pause() {
  std::this_thread::sleep_for(settings_.retry_min);
}

}  // namespace sagad::journal::postgres

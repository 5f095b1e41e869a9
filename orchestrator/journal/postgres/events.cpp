#include "journal/postgres/events.hpp"

#include <utility>

namespace sagad::journal::postgres {

events::events(ownership_listener& listener) : listener_(listener) {
  thread_ = std::thread([this] { run(); });
}

void events::stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void events::taken(taken_partition partition) {
  const std::lock_guard lock(mutex_);
  here_.at(partition.partition) = true;
  push(std::move(partition));
}

void events::wanted_back(partition_no partition) {
  const std::lock_guard lock(mutex_);
  if (here_.at(partition)) push(wanted{partition});
}

void events::lost(partition_no partition) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(here_.at(partition), false)) push(loss{partition});
}

void events::given_back(partition_no partition) {
  const std::lock_guard lock(mutex_);
  here_.at(partition) = false;
}

void events::arrived(message message) {
  const std::lock_guard lock(mutex_);
  if (here_.at(message.saga.partition())) push(std::move(message));
}

void events::answered(message_answer answer) {
  const std::lock_guard lock(mutex_);
  push(std::move(answer));
}

void events::definitions_changed() {
  const std::lock_guard lock(mutex_);
  push(other_definitions());
}

void events::push(event&& one) {
  queue_.push_back(std::move(one));
  changed_.notify_all();
}

void events::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (ending_) return;
    auto next = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    tell(std::move(next));
    lock.lock();
  }
}

void events::tell(event&& one) {
  if (auto* partition = std::get_if<taken_partition>(&one)) {
    listener_.taken(std::move(*partition));
  } else if (const auto* back = std::get_if<wanted>(&one)) {
    listener_.wanted_back(back->partition);
  } else if (const auto* gone = std::get_if<loss>(&one)) {
    listener_.lost(gone->partition);
  } else if (auto* message = std::get_if<journal::message>(&one)) {
    listener_.arrived(std::move(*message));
  } else if (auto* answer = std::get_if<message_answer>(&one)) {
    listener_.answered(std::move(*answer));
  } else {
    listener_.definitions_changed();
  }
}

}  // namespace sagad::journal::postgres

#include "journal/log/group_writer.hpp"

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/probe.hpp"

namespace sagad::journal::log {
namespace {

// How often who has work for between two batches looks whether one of them waits for room.
constexpr std::chrono::milliseconds chore_looked_at_every{100};

}  // namespace

group_writer::group_writer(committer& committer, checkpointer& checkpointer, threads& threads)
    : committer_(committer),
      checkpointer_(checkpointer),
      changed_(threads.make_condition()),
      chore_done_(threads.make_condition()) {
  thread_ = threads.start(threads::priority::usual, [this] { run(); });
}

group_writer::~group_writer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_->notify_all();
  thread_->join();
}

std::string group_writer::spare_buffer() {
  const std::lock_guard lock(mutex_);
  if (spare_.empty()) return {};
  auto buffer = std::move(spare_.back());
  spare_.pop_back();
  return buffer;
}

void group_writer::between_batches(const std::function<void()>& work) {
  std::unique_lock lock(mutex_);
  chore_ = &work;
  changed_->notify_one();
  while (!chore_done_->wait_for(lock, chore_looked_at_every, [&] { return chore_ == nullptr; })) {
    if (chore_begun_ || !committer_.waits_for_room()) continue;
    chore_ = nullptr;
    throw std::system_error(ENOSPC, std::generic_category(), "the log itself waits for room");
  }
}

// With the turn.
void group_writer::do_chore() {
  std::unique_lock lock(mutex_);
  if (chore_ == nullptr) return;
  chore_begun_ = true;
  lock.unlock();
  (*chore_)();
  lock.lock();
  chore_begun_ = false;
  chore_ = nullptr;
  chore_done_->notify_one();
}

bool group_writer::submit(batch submitted, bool may_commit_here) {
  std::unique_lock lock(mutex_);
  pending_.push_back(std::move(submitted));
  if (turn_taken_) {
    SAGAD_PROBE("a batch comes while another is written");
    return false;
  }
  // A checkpoint is the writer's: a caller that always finds the turn free would keep it from being written. So is what
  // may have to wait for room: the caller has others to serve, and a disk can stay full.
  if (!may_commit_here || chore_ != nullptr || checkpointer_.wanted() || !committer_.has_room_for(pending_)) {
    lock.unlock();
    if (may_commit_here) SAGAD_PROBE("a batch that might be committed at once is left to the writer");
    changed_->notify_one();
    return false;
  }
  turn_taken_ = true;
  group_.swap(pending_);
  lock.unlock();
  commit();
  give_turn(lock);
  return true;
}

void group_writer::commit() {
  committer_.commit(group_);
  for (auto& batch : group_) batch.owner->move_to(batch.first + batch.count - 1, batch.told);
}

// The turn is free before anybody is woken: who is woken may want it.
void group_writer::give_turn(std::unique_lock<std::mutex>& lock) {
  boost::container::small_vector<std::shared_ptr<settlement>, 8> owners;
  lock.lock();
  turn_taken_ = false;
  const bool more = stop_ || !pending_.empty() || chore_ != nullptr || checkpointer_.wanted();
  for (auto& batch : group_) {
    const bool known = std::find(owners.begin(), owners.end(), batch.owner) != owners.end();
    if (!known) owners.push_back(std::move(batch.owner));
    if (spare_.size() == spare_buffers_max || batch.records.capacity() > spare_bytes_max) continue;
    batch.records.clear();
    spare_.push_back(std::move(batch.records));
  }
  group_.clear();
  lock.unlock();
  if (more) changed_->notify_one();
  for (const auto& owner : owners) owner->wake();
}

void group_writer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_->wait(lock, [&] {
      return !turn_taken_ && (stop_ || !pending_.empty() || chore_ != nullptr || checkpointer_.wanted());
    });
    if (stop_ && pending_.empty()) return;
    turn_taken_ = true;
    group_.swap(pending_);
    lock.unlock();
    try {
      if (!group_.empty()) commit();
      if (checkpointer_.wanted()) checkpointer_.step();
      do_chore();
    } catch (const no_room_at_close&) {
      // Nobody was told that these are settled, and nobody is there any more to be told.
      return;
    }
    give_turn(lock);
    lock.lock();
  }
}

}  // namespace sagad::journal::log

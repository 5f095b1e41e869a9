#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "journal/log/batch.hpp"
#include "journal/log/checkpointer.hpp"
#include "journal/log/committer.hpp"
#include "journal/log/threads.hpp"

namespace sagad::journal::log {

/// Group commit: one thread at a time has the turn, and commits all that came meanwhile. That is the writer's own
/// thread, or a submitter that finds the turn free and may. Thread-safe.
class group_writer {
 public:
  group_writer(committer& committer, checkpointer& checkpointer, threads& threads);
  /// Commits what was submitted before, unless the disk is full.
  ~group_writer();
  group_writer(const group_writer&) = delete;
  group_writer& operator=(const group_writer&) = delete;

  /// Whether it was committed here.
  bool submit(batch submitted, bool may_commit_here);

  /// Does a small piece of other work with the turn, between two batches, and waits for it. By one thread, which is
  /// done before the writer goes; `work` throws nothing. Throws std::system_error, having done nothing, when a batch
  /// has the turn that waits for room: that can last as long as the disk is full.
  void between_batches(const std::function<void()>& work);

  /// An empty buffer, used before where there is one.
  std::string spare_buffer();

 private:
  static constexpr std::size_t spare_buffers_max = 64;
  static constexpr std::size_t spare_bytes_max = 256U << 10U;

  void run();
  void commit();
  void do_chore();
  void give_turn(std::unique_lock<std::mutex>& lock);

  committer& committer_;
  checkpointer& checkpointer_;
  std::mutex mutex_;
  std::unique_ptr<condition> changed_;
  std::unique_ptr<condition> chore_done_;
  std::vector<batch> pending_;
  std::vector<batch> group_;  ///< being committed; of who has the turn
  std::vector<std::string> spare_;
  const std::function<void()>* chore_ = nullptr;
  bool chore_begun_ = false;
  bool turn_taken_ = false;
  bool stop_ = false;
  std::unique_ptr<thread> thread_;
};

}  // namespace sagad::journal::log

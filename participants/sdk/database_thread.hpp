#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "compensations/barrier/connection.hpp"

namespace sagad::participants {

/// A thread that has a connection to itself; one writes, another reads. What is queued when it comes free is run in one
/// transaction, each task in a savepoint of its own, and answered after the one commit: a thousand callers share a few
/// syncs.
class database_thread {
 public:
  enum class verdict : std::uint8_t {
    committed,
    busy,     ///< nothing was run: the lock or the queue took longer than wait_max
    away,     ///< nothing was run: the database is not to be reached
    failed,   ///< everything that the task did was taken back
    unknown,  ///< the connection went in the commit: it has happened or not, or will
  };
  struct task {
    /// In the transaction. A throw takes back this task alone.
    std::function<void(barrier::connection&)> work;
    /// After the commit, on this thread; must not block and not throw.
    std::function<void(verdict)> settled;
  };
  struct limits {
    std::size_t queue_max = 20'000;
    std::size_t batch_max = 256;
    std::chrono::milliseconds wait_max{1000};
    /// How long one transaction goes on taking tasks: another process may wait for its turn.
    std::chrono::milliseconds turn_max{100};
  };
  /// Told when a task or a commit has failed, with the reason; when the database went away and when it came back.
  using complaint = std::function<void(const char*)>;
  /// Told when the database cannot be trusted any more (connection::damage), before anybody is answered: it ends the
  /// process. Where it comes back, nothing more succeeds.
  using last_word = std::function<void(const std::string& why)>;

  /// Takes the connection over: from here on only this thread uses it.
  database_thread(std::unique_ptr<barrier::connection> db, limits bounds, complaint complain, last_word give_up);
  database_thread(const database_thread&) = delete;
  database_thread& operator=(const database_thread&) = delete;
  ~database_thread();

  /// False: the queue is full, or stopped; the task is dropped unsettled.
  bool post(task what);
  /// Runs it and waits for its verdict: for threads of ours that may block.
  verdict perform(std::function<void(barrier::connection&)> work);
  /// Finishes what is queued, then closes the database.
  void stop();

 private:
  struct entry {
    task what;
    std::chrono::steady_clock::time_point since;
  };

  void serve();
  void run_batch(std::vector<entry>& batch);
  std::vector<verdict> run_in_transaction(std::vector<entry>& batch);
  std::vector<verdict> run_tasks(std::vector<entry>& batch);
  void put_back(std::vector<entry>& batch, std::size_t from);
  void note_away(const char* why);
  verdict run_one(task& what);

  std::unique_ptr<barrier::connection> db_;
  limits bounds_;
  complaint complain_;
  last_word give_up_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<entry> queue_;
  bool stopping_ = false;
  bool away_ = false;  ///< said once, until the database answers again
  std::thread thread_;
};

}  // namespace sagad::participants

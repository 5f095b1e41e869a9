#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>

#include "compensations/barrier/guard.hpp"
#include "participants/sdk/database_thread.hpp"
#include "participants/sdk/late_store.hpp"
#include "participants/sdk/service.hpp"

namespace sagad::participants {

/// Does what was answered 202, and tells the coordinator. A job's own commit settles the barrier's row and writes the
/// letter; a letter is sent, ever more rarely, until it is over (reception.hpp); what is refused for longer than
/// letter_refused_ms_max is given up, with a word and a row. Both live in the database, so a restart goes on with them.
/// Two threads: a coordinator that does not answer holds up letters, never jobs.
class late_worker {
 public:
  struct limits {
    std::int64_t batch_max = 32;
    std::int64_t job_tries_max = 10;
    std::int64_t retry_delay_ms = 100;
    std::int64_t retry_delay_ms_max = 30'000;
    std::chrono::milliseconds letter_timeout{5000};
    std::int64_t letter_refused_ms_max = 3'600'000;
  };

  late_worker(const service& what, database_thread& database, barrier::guard& guard, limits bounds,
              barrier::guard::clock now_ms, database_thread::complaint complain);
  late_worker(const late_worker&) = delete;
  late_worker& operator=(const late_worker&) = delete;
  ~late_worker();

  /// Once, when there is a listener: whoever sends first settles how many threads cpprestsdk has.
  void start();
  /// There is something new. Any thread.
  void wake();
  void stop();

 private:
  using next_time = std::optional<std::int64_t>;

  void serve_jobs();
  void serve_letters();
  void run_job(barrier::connection& db, const late_job& job);
  void settle_job(late_store& store, const late_job& job, const barrier::answer& said);
  void fail_job(late_store& store, const late_job& job, bool for_good);
  void settle_letter(late_store& store, late_letter letter, int status);
  /// Until `due`, or until woken; false: stopping.
  bool rest(std::uint64_t& seen, next_time due);
  std::int64_t delay_ms(std::int64_t tries) const;

  const service& service_;
  database_thread& writer_;
  barrier::guard& guard_;
  limits bounds_;
  barrier::guard::clock now_ms_;
  database_thread::complaint complain_;
  std::mutex mutex_;
  std::condition_variable woken_;
  std::uint64_t wakes_ = 0;
  bool stopping_ = false;
  std::thread jobs_;
  std::thread letters_;
};

}  // namespace sagad::participants

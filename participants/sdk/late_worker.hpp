#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "compensations/barrier/guard.hpp"
#include "participants/sdk/database_thread.hpp"
#include "participants/sdk/late_store.hpp"
#include "participants/sdk/service.hpp"

namespace sagad::participants {

/// Does what was answered 202, and tells the coordinator. A job's own commit settles the barrier's row and writes the
/// letter; a letter is sent, ever more rarely, until it is over (reception.hpp); what is refused for longer than
/// letter_refused_ms_max is given up, with a word and a row. Both live in the database, so a restart goes on with them.
/// Two threads, one for jobs and one for letters, and each letter is under way by itself: a place that does not answer
/// holds up the letters to it, and no others.
class late_worker {
 public:
  struct limits {
    std::int64_t batch_max = 32;
    std::int64_t job_tries_max = 10;
    std::int64_t retry_delay_ms = 100;
    std::int64_t retry_delay_ms_max = 30'000;
    std::chrono::milliseconds letter_timeout{5000};
    std::int64_t letter_refused_ms_max = 3'600'000;
    std::size_t letters_under_way_max = 256;
    std::size_t letters_to_one_place_max = 32;  ///< under way, to the same host and port
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
  struct heard_letter {
    late_letter letter;
    int status = 0;
  };

  void serve_jobs();
  void serve_letters();
  void run_job(barrier::connection& db, const late_job& job);
  void settle_job(late_store& store, const late_job& job, const barrier::answer& said);
  void fail_job(late_store& store, const late_job& job, bool for_good);
  /// Settles what was heard and sends what is due; false: the database could not.
  bool exchange_letters(next_time& due);
  void send(const late_letter& letter);
  std::vector<heard_letter> take_heard();
  void settle_letter(late_store& store, late_letter letter, int status);
  void wake(std::uint64_t& wakes);
  /// Until `due`, or until woken; false: stopping.
  bool rest(const std::uint64_t& wakes, std::uint64_t& seen, next_time due);
  std::int64_t delay_ms(std::int64_t tries) const;

  const service& service_;
  database_thread& writer_;
  barrier::guard& guard_;
  limits bounds_;
  barrier::guard::clock now_ms_;
  database_thread::complaint complain_;
  std::mutex mutex_;
  std::condition_variable woken_;
  std::uint64_t job_wakes_ = 0;
  std::uint64_t letter_wakes_ = 0;
  bool stopping_ = false;
  std::vector<heard_letter> heard_;  ///< what pool threads have left here
  // The thread of the letters alone.
  std::set<std::int64_t> under_way_;               ///< by seq
  std::map<std::string, std::size_t> of_a_place_;  ///< how many of them go where
  std::thread jobs_;
  std::thread letters_;
};

}  // namespace sagad::participants

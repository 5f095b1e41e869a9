#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "journal/postgres/append_statement.hpp"
#include "journal/postgres/batch.hpp"
#include "journal/postgres/lease.hpp"

namespace sagad::journal::postgres {

/// The one thread that appends: takes all that came meanwhile as one statement, one after the other, so that what is
/// visible is a prefix of what was sent. A batch whose answer was lost is sent again as it was until it has one: no
/// entry is ever told as `unknown`.
class writer {
 public:
  /// From there on; `live` as the opening found them. `gone` is held by whoever removes sagas.
  writer(const options& settings, lease& ownership, std::mutex& gone, std::uint64_t end, live_sagas live);
  /// Finishes what was submitted, if the database answers.
  ~writer();
  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;

  /// Any thread.
  void submit(std::vector<held_entry>&& entries);

  /// Behind all that are settled.
  std::uint64_t end() const noexcept { return end_.load(std::memory_order_acquire); }
  /// The counters, live sagas and whether it is full; any thread.
  void measure(statistics& to) const;

 private:
  using outcome = std::optional<exception>;  ///< empty: durable, or not known yet

  /// A batch while it is decided on and written.
  struct work {
    std::vector<held_entry> entries;
    std::vector<outcome> outcomes;
    std::vector<std::size_t> pending;  ///< of the entries, those that are to be sent
  };

  void run();
  std::vector<held_entry> next_batch();  ///< under the lock
  bool commit(work& batch);
  void refuse_what_cannot_be(work& batch);
  bool refuse_what_is_gone(work& batch);
  bool send(work& batch);
  bool settle_sent(work& batch, const std::vector<sent_record>& sent, const std::set<record_key>& written);
  void refuse_starts(work& batch, const std::string& why);
  void refuse(work& batch, std::size_t at, exception why);
  void remember_refusal(const saga_id& saga, const exception& why);
  void remember_durable(const held_entry& entry);
  void settle(work& batch);

  /// Does it with a connection until it is done, pausing between tries; false: it ends, and the database is away.
  bool insist(const std::function<void(connection&)>& ask, bool* in_doubt);
  bool wait_to_try_again(const std::string& why, std::chrono::milliseconds& pause);
  void tell_back();
  void tell(const std::string& what) const;

  const options& settings_;
  lease& lease_;
  std::mutex& gone_;

  // The thread's own.
  std::optional<connection> connection_;
  std::uint64_t next_place_;
  live_sagas live_;
  bool away_ = false;
  /// Starts refused not long ago: what follows them is refused, too. The oldest are forgotten.
  std::unordered_map<saga_id, exception, saga_id_hash> refused_;
  std::deque<saga_id> refused_order_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<held_entry> queue_;
  bool ending_ = false;
  statistics counted_;
  std::string trouble_;  ///< why the database is away; empty: it is not

  std::atomic<std::uint64_t> end_;
  std::thread thread_;  ///< last: it begins when all else is there
};

}  // namespace sagad::journal::postgres

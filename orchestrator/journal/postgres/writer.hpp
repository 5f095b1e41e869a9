#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "journal/postgres/alarm.hpp"
#include "journal/postgres/append_statement.hpp"
#include "journal/postgres/batch.hpp"
#include "journal/postgres/lease.hpp"
#include "journal/postgres/live_changes.hpp"
#include "journal/postgres/removal_gate.hpp"

namespace sagad::journal::postgres {

/// The one thread that appends: takes all that came meanwhile as one statement, one after the other, so that what is
/// visible is a prefix of what was sent. A batch whose answer was lost is sent again as it was until it has one: no
/// entry is ever told as `unknown`.
class writer {
 public:
  /// From there on. `gone` is held by whoever removes sagas.
  writer(const options& settings, lease& ownership, removal_gate& gone, std::uint64_t end, alarm& settles);
  /// Finishes what was submitted, if the database answers.
  ~writer();
  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;

  /// Any thread.
  void submit(std::vector<held_entry>&& entries);

  /// A partition has come, with those live sagas: before its first entry.
  void begin(partition_no partition, const std::vector<live_saga>& live);
  /// From now on it writes at places behind all below `first`, and at none that another slot has.
  void begin_at(std::uint64_t first, std::uint64_t slot);
  /// From where on all lies that is being written, or will be: not below `at_least` when nothing is being written.
  std::uint64_t floor(std::uint64_t at_least);

  /// Entries of a partition that are not settled yet, counted from when they are appended.
  void expect(partition_no partition) noexcept { unsettled_.at(partition).fetch_add(1, std::memory_order_relaxed); }
  void forget(partition_no partition) noexcept { unsettled_.at(partition).fetch_sub(1, std::memory_order_release); }
  bool is_settled(partition_no partition) const noexcept {
    return unsettled_.at(partition).load(std::memory_order_acquire) == 0;
  }
  /// The next time that entries settle the alarm rings.
  void await_settling() noexcept { awaited_.store(true, std::memory_order_seq_cst); }

  /// Behind all that is written, by this one and by those before him; nothing is being written before it.
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
  /// What a partition that has come begins with.
  struct beginning {
    partition_no partition = 0;
    live_sagas::set live;
  };

  void run();
  std::vector<held_entry> next_batch();  ///< under the lock
  void take_beginnings();                ///< likewise
  void write_live();
  bool commit(work& batch);
  void refuse_what_cannot_be(work& batch);
  bool refuse_what_is_gone(work& batch);
  bool send(work& batch);
  std::vector<sent_record> give_places(const work& batch);
  bool settle_sent(work& batch, const std::vector<sent_record>& sent, bool all_written);
  void refuse_starts(work& batch, const std::string& why);
  void refuse(work& batch, std::size_t at, exception why);
  void remember_refusal(const saga_id& saga, const exception& why);
  void remember_durable(const sent_record& sent);
  void end_at(std::uint64_t place) noexcept;  ///< under the lock
  void settle(work& batch);

  void connect();
  /// Does it with a connection until it is done, pausing between tries; false: it ends, and the database is away.
  bool insist(const std::function<void(connection&)>& ask, bool* in_doubt);
  bool wait_to_try_again(const std::string& why, bool no_room, std::chrono::milliseconds& pause);
  void tell_back();
  void tell(const std::string& what) const;

  const options& settings_;
  lease& lease_;
  removal_gate& gone_;
  alarm& settles_;

  // The thread's own.
  std::optional<connection> connection_;
  live_sagas live_;
  live_changes live_changes_;
  bool live_refused_ = false;  ///< by the database, and that was told
  std::chrono::steady_clock::time_point live_written_at_ = std::chrono::steady_clock::now();
  bool away_ = false;
  /// Starts refused not long ago: what follows them is refused, too. The oldest are forgotten.
  std::unordered_map<saga_id, exception, saga_id_hash> refused_;
  std::deque<saga_id> refused_order_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<held_entry> queue_;
  std::vector<beginning> beginnings_;
  std::uint64_t next_place_;
  std::uint64_t slot_ = 0;                   ///< of several writers each has its own places
  std::optional<std::uint64_t> writing_at_;  ///< the first place of what is being written
  std::uint64_t begun_at_ = 0;               ///< behind what others had written
  std::array<std::size_t, partitions> live_counts_{};
  bool ending_ = false;
  statistics counted_;
  std::string trouble_;  ///< what keeps it from writing; empty: nothing

  std::atomic<std::uint64_t> end_;
  std::array<std::atomic<std::uint32_t>, partitions> unsettled_{};
  std::atomic<bool> awaited_ = false;
  std::thread thread_;  ///< last: it begins when all else is there
};

}  // namespace sagad::journal::postgres

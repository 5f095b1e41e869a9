#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "journal/postgres/boottime.hpp"
#include "journal/postgres/database.hpp"

namespace sagad::journal::postgres {

/// A partition under an epoch that this owner has raised. Such an epoch is this owner's alone, whether the lease is
/// over or not; what is over is only that nobody else has raised it since.
struct held_partition {
  partition_no partition = 0;
  std::uint64_t epoch = 0;
  friend bool operator==(const held_partition&, const held_partition&) = default;
};

/// Arrays of ids and epochs, as statements take them.
parameters& add_held(parameters& to, const std::vector<held_partition>& which);

/// For what must have an answer while leases last: a connection that says nothing is given up so soon that another one
/// can be tried before they are over.
postgresql::login login_within_lease(const options& settings, const std::string& purpose);

/// The partitions that this opening owns, and until when that is certain: renewed by a thread, given back at the end.
/// Whoever renews them hears what another has taken. Thread-safe.
class lease {
 public:
  /// None yet.
  explicit lease(const options& settings);
  ~lease();
  lease(const lease&) = delete;
  lease& operator=(const lease&) = delete;

  /// Of this opening alone, and for people.
  const std::string& owner() const noexcept { return owner_; }

  /// Under which it is held; 0: it is not.
  std::uint64_t epoch(partition_no partition) const noexcept {
    return epochs_.at(partition).load(std::memory_order_acquire);
  }
  /// Whether nobody else can have taken the partition by now: by the time at which the last renewal was sent.
  bool trusted(partition_no partition) const noexcept {
    return partition < partitions && boottime().count() < trusted_until_[partition].load(std::memory_order_acquire);
  }
  /// All partitions are: nobody else can write.
  bool trusted_everywhere() const noexcept;
  /// Partitions are held, and none of them is trusted.
  bool is_over() const noexcept;
  std::vector<held_partition> held() const;

  /// It has just been taken, by a statement that was sent then.
  void hold(const std::vector<held_partition>& taken, std::chrono::nanoseconds sent);
  /// Another has raised the epoch: for good. Nothing, when it is not held under that one any more. Else he may have
  /// taken others, too: they are looked at at once.
  void lose(const held_partition& one);
  /// There is a sign that another has some of them: all are renewed at once, and not only when it is time. Many signs
  /// are followed as one, so that they do not become as many renewals. Does not wait.
  void look_now();
  /// It is not used any more, and renewed until it is dropped.
  void distrust(const held_partition& one);
  /// It is not renewed any more. Whether it was held under that epoch until now.
  bool drop(const held_partition& one);
  /// Does it while nobody else can change what is held, if it is held so; whether it is.
  bool while_held(const held_partition& one, const std::function<void()>& act) const;

  /// Told of each partition that another has taken, while nobody else can change what is held. Empty: nobody is.
  void on_loss(std::function<void(partition_no)> tell);

  /// What keeps it from being renewed; empty: nothing.
  std::string trouble() const;

 private:
  using time = std::chrono::steady_clock::time_point;

  void run();
  bool rest(std::unique_lock<std::mutex>& lock, time until, time not_before);
  /// What keeps some of them from being renewed; empty: nothing. Waits no longer than that for those that are held up.
  std::string renew(time until);
  /// Those that somebody has locked.
  std::vector<held_partition> renew_what_is_free();
  bool renew_waiting(const std::vector<held_partition>& which);
  void renew_one_by_one(std::vector<held_partition> which, time until);
  void hear(const held_partition& one, bool renewed, std::chrono::nanoseconds sent);
  bool forget(const held_partition& one);
  void tell_of(const std::string& failed) const;
  void give_back();
  void clear(partition_no partition) noexcept;
  void trust_from(partition_no partition, std::chrono::nanoseconds sent) noexcept;
  bool is_held(const held_partition& one) const noexcept { return epoch(one.partition) == one.epoch; }

  options settings_;
  std::string owner_;
  std::optional<connection> connection_;    ///< the thread's
  std::array<bool, partitions> held_up_{};  ///< waited for in vain the last time; likewise
  partition_no tried_ = 0;                  ///< of those by itself, the last; likewise

  mutable std::mutex mutex_;  ///< for every change of the three
  std::array<std::atomic<std::uint64_t>, partitions> epochs_{};
  std::array<std::atomic<std::int64_t>, partitions> trusted_until_{};  ///< boottime, in nanoseconds
  std::array<bool, partitions> distrusted_{};
  std::function<void(partition_no)> on_loss_;
  std::condition_variable changed_;
  bool doubted_ = false;  ///< they are to be looked at
  bool ending_ = false;
  std::string trouble_;
  std::thread thread_;  ///< last: it begins when all else is there
};

}  // namespace sagad::journal::postgres

#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include "journal/postgres/boottime.hpp"
#include "journal/postgres/connection.hpp"

namespace sagad::journal::postgres {

/// The ownership of all partitions: taken when nobody has them by the database's clock, renewed by a thread, given back
/// at the end. An epoch that was raised once is this owner's alone, whether its lease is over or not; what is over is
/// only that nobody else has raised it since. Thread-safe.
class lease {
 public:
  /// Another has them.
  struct held {
    std::string by;     ///< who
    std::string until;  ///< a time, UTC
  };

  /// Waits for a lease that nobody renews, if it may. Throws as a connection does.
  static std::variant<std::unique_ptr<lease>, held> take(const options& settings);
  ~lease();
  lease(const lease&) = delete;
  lease& operator=(const lease&) = delete;

  std::uint64_t epoch() const noexcept { return epoch_; }

  /// Whether nobody else can have taken the partitions by now: by the time at which the last renewal was sent.
  bool trusted() const noexcept { return boottime().count() < trusted_until_.load(std::memory_order_acquire); }

  /// Another has raised the partition's epoch: for good.
  bool lost(partition_no partition) const noexcept { return lost_.at(partition).load(std::memory_order_acquire); }
  void lose(partition_no partition);

  /// What keeps it from being renewed; empty: nothing.
  std::string trouble() const;

 private:
  lease(const options& settings, std::string owner, std::uint64_t epoch, std::chrono::nanoseconds sent);
  void run();
  void renew();
  void tell_of(const std::string& failed) const;
  void give_back();
  void trust_from(std::chrono::nanoseconds sent) noexcept;

  options settings_;
  std::string owner_;
  std::uint64_t epoch_;
  std::atomic<std::int64_t> trusted_until_ = 0;  ///< boottime, in nanoseconds
  std::array<std::atomic<bool>, partitions> lost_{};
  std::atomic<bool> told_lost_ = false;
  std::optional<connection> connection_;  ///< the thread's
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  std::string trouble_;
  std::thread thread_;  ///< last: it begins when all else is there
};

}  // namespace sagad::journal::postgres

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "journal/journal.hpp"
#include "journal/log/frame.hpp"

namespace sagad::journal::log {

/// `DIR/lock`: one process a directory (flock on both, so that a removed file lets nobody in), and what it remembers
/// from one process to the next without a sync: how far the log and the definitions had been committed, where the last
/// checkpoint began, the highest epoch and positions, and what a saga takes. The page is mapped, so a killed process
/// loses nothing of it; after a power failure it may be behind the log, never ahead. Thread-safe.
class lock_file {
 public:
  struct refusal {
    std::string why;
    bool in_use = false;  ///< another process has it
  };
  using outcome = std::variant<std::unique_ptr<lock_file>, refusal>;

  /// Takes the lock, or says who has it.
  static outcome take(const std::string& directory);

  /// How far the log of another process is durable.
  struct progress {
    std::uint64_t log = 0;
    offset committed{};
    std::uint64_t definitions_bytes = 0;  ///< read after `committed`
  };
  /// Looks without taking it; empty: there is no such file, or it was not written by a log.
  static std::optional<progress> look(const std::string& directory);
  ~lock_file();
  lock_file(const lock_file&) = delete;
  lock_file& operator=(const lock_file&) = delete;

  /// 0 in a new file, or one that was not written by a log.
  std::uint64_t log() const noexcept;
  offset committed() const noexcept;
  offset checkpoint() const noexcept;

  std::uint64_t definitions_bytes() const noexcept;
  std::uint64_t epoch() const noexcept;
  position last_position(partition_no partition) const noexcept;
  std::uint64_t bytes_a_saga() const noexcept;

  /// A log begins, or goes on behind what was given up: nothing else is remembered of the one before.
  void begin(std::uint64_t log, offset committed, std::uint64_t definitions_bytes) noexcept;
  void commit(offset committed) noexcept;
  void set_checkpoint(offset checkpoint) noexcept;
  void set_definitions_bytes(std::uint64_t bytes) noexcept;
  void set_epoch(std::uint64_t epoch) noexcept;
  void set_bytes_a_saga(std::uint64_t bytes) noexcept;
  void set_last_position(partition_no partition, position last) noexcept;

 private:
  lock_file(int directory, int descriptor, char* page) noexcept
      : directory_(directory), descriptor_(descriptor), page_(page) {}

  int directory_;
  int descriptor_;
  char* page_;
};

}  // namespace sagad::journal::log

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "journal/log/frame.hpp"

namespace sagad::journal::log {

/// `DIR/lock`: one process a directory (flock), and what it remembers from one process to the next without a sync: how
/// far the log had been committed, and where its last checkpoint began. The page is mapped, so a killed process loses
/// nothing of it; after a power failure it may be behind the log, never ahead. Thread-safe.
class lock_file {
 public:
  using outcome = std::variant<std::unique_ptr<lock_file>, std::string>;

  /// Takes the lock, or says who has it.
  static outcome take(const std::string& directory);
  ~lock_file();
  lock_file(const lock_file&) = delete;
  lock_file& operator=(const lock_file&) = delete;

  /// 0 in a new file, or one that was not written by a log.
  std::uint64_t log() const noexcept;
  offset committed() const noexcept;
  offset checkpoint() const noexcept;

  /// A log begins, or goes on behind what was given up.
  void begin(std::uint64_t log, offset committed) noexcept;
  void commit(offset committed) noexcept;
  void set_checkpoint(offset checkpoint) noexcept;

 private:
  lock_file(int descriptor, char* page) noexcept : descriptor_(descriptor), page_(page) {}

  int descriptor_;
  char* page_;
};

}  // namespace sagad::journal::log

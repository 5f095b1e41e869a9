#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/moment.hpp"
#include "journal/log/checkpoint.hpp"
#include "journal/log/files.hpp"

namespace sagad::journal::log {

/// Beginning from a backup. What it was copied from has gone on since, so nothing that was used there may be used
/// again.
class restore {
 public:
  static constexpr const char* begun_name = "restore-begun";

  /// Looks whether a directory is a backup, and whole. `wanted`: it is to be begun from. A line says why it is not
  /// opened.
  static std::variant<restore, std::string> check(files& files, const std::string& directory, bool wanted);

  /// When the backup was taken; empty: the directory is none.
  std::optional<millis> taken() const noexcept { return taken_; }
  /// Raises epochs and positions beyond all that can have been used since, there or after another restore of this
  /// backup. A line says why that is not possible now.
  std::optional<std::string> raise(checkpoint_begin& state, millis now) const;
  /// The raised ones are durable: it is a backup no more.
  void done(files& files, const std::string& directory) const;

 private:
  std::optional<millis> taken_;
};

/// Which restore a log is of: the high half of its epoch, the seconds from 2020 on. 0: of none.
constexpr std::uint64_t restore_of(std::uint64_t epoch) noexcept {
  return epoch >> 32U;
}

}  // namespace sagad::journal::log

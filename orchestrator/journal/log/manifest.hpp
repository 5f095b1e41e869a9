#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/moment.hpp"
#include "journal/log/files.hpp"

namespace sagad::journal::log {

/// `DIR/backup-manifest`: what a backup consists of. It is there before anything else of one is, and says until the
/// last file is on the disk that the backup is unfinished.
struct manifest {
  static constexpr const char* file_name = "backup-manifest";
  static constexpr const char* unfinished_name = "backup-manifest.new";  ///< while it is written

  struct entry {
    std::uint64_t bytes = 0;
    std::uint32_t checksum = 0;  ///< CRC32C of the content
  };

  millis taken = 0;  ///< nothing that was recorded later is in it
  std::map<std::string, entry> files;
  bool finished = true;

  std::string text() const;
  /// Empty: it is none, or damaged.
  static std::optional<manifest> parse(std::string_view text);
};

/// The manifest in a directory. Throws `damaged` when it cannot be read.
struct found_manifest {
  bool there = false;
  std::optional<manifest> content;  ///< empty: damaged
};
found_manifest find_manifest(files& files, const std::string& directory);

/// Durably, in one step.
void write_manifest(files& files, const std::string& directory, const manifest& what);

}  // namespace sagad::journal::log

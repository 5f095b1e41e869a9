#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "journal/definition_versions.hpp"
#include "journal/log/files.hpp"

namespace sagad::journal::log {

/// `DIR/definitions.log`: definitions one behind the other, each with its checksum, synced before it is answered.
/// Thread-safe.
class definitions {
 public:
  using outcome = std::variant<std::unique_ptr<definitions>, std::string>;

  /// Reads what is there; a torn last one is kept aside and dropped (`torn` says so), a damaged one refused.
  /// Throws `damaged` when nothing can be kept.
  static outcome open(const std::string& directory, files& files, std::string& torn);

  /// Throws std::system_error, having kept nothing, when there is no room; a failed sync ends the process.
  stored_definition put(const std::string& name, const std::string& canonical);
  std::vector<stored_definition> all() const;

 private:
  definitions(std::string path, std::unique_ptr<file> file) : path_(std::move(path)), file_(std::move(file)) {}

  mutable std::mutex mutex_;
  std::string path_;
  std::unique_ptr<file> file_;
  std::uint64_t end_ = 0;
  definition_versions kept_;
};

}  // namespace sagad::journal::log

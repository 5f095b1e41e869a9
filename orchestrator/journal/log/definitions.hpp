#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "journal/definition_versions.hpp"
#include "journal/log/files.hpp"
#include "journal/log/lock_file.hpp"

namespace sagad::journal::log {

/// `DIR/definitions.log`: definitions one behind the other, each with its checksum, synced before it is answered.
/// Thread-safe.
class definitions {
 public:
  using outcome = std::variant<std::unique_ptr<definitions>, std::string>;

  /// What must be there.
  struct expected {
    bool file = false;         ///< the log has frames, so that an opening before this one has made the file
    bool accept_loss = false;  ///< of what is missing or damaged `lost` tells, instead of a refusal
  };
  /// What was found amiss, for people; else empty.
  struct findings {
    std::string torn;
    std::string lost;
  };

  /// Reads what is there. A torn last one is kept aside and dropped; it is refused when one is damaged, or missing by
  /// what `lock` has seen.
  static outcome open(const std::string& directory, files& files, lock_file& lock, expected wanted, findings& amiss);

  /// Throws std::system_error, having kept nothing, when there is no room; a failed sync ends the process.
  stored_definition put(const std::string& name, const std::string& canonical);
  /// As put; false: there is no such name.
  bool retire(const std::string& name);
  std::vector<stored_definition> all() const;
  definition_news after(std::size_t known) const;
  std::uint64_t bytes() const;

 private:
  definitions(std::string path, std::unique_ptr<file> file, lock_file& lock)
      : path_(std::move(path)), file_(std::move(file)), lock_(lock) {}
  void write(const std::string& bytes);
  void mark(const std::string& name, bool retired);
  std::string_view take(std::string_view content, const expected& wanted, findings& amiss);

  mutable std::mutex mutex_;
  std::string path_;
  std::unique_ptr<file> file_;
  lock_file& lock_;
  std::uint64_t end_ = 0;
  definition_versions kept_;
};

}  // namespace sagad::journal::log

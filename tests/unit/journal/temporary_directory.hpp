#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace sagad::journal::tests {

/// A directory of its own, removed with everything in it.
class temporary_directory {
 public:
  enum class on { disk, memory };

  /// In memory: where a sync costs nothing, if there is such a place.
  explicit temporary_directory(on where) {
    const std::filesystem::path memory = "/dev/shm";
    const bool fast = where == on::memory && std::filesystem::is_directory(memory);
    auto pattern = ((fast ? memory : std::filesystem::temp_directory_path()) / "sagad-journal-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = pattern;
  }
  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  const std::string& path() const { return path_; }
  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace sagad::journal::tests

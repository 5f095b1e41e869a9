#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace sagad::tests {

/// A folder of a test's own, removed with everything in it.
class temporary_folder {
 public:
  enum class on { disk, memory };

  /// In memory: where a sync costs nothing, if there is such a place.
  explicit temporary_folder(on where = on::disk) {
    const std::filesystem::path memory = "/dev/shm";
    const bool fast = where == on::memory && std::filesystem::is_directory(memory);
    auto pattern = ((fast ? memory : std::filesystem::temp_directory_path()) / "sagad-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  const std::string& path() const noexcept { return path_; }
  std::string path(const std::string& name) const { return path_ + "/" + name; }
  /// Makes a file with that text, and gives its path.
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

 private:
  std::string path_;
};

}  // namespace sagad::tests

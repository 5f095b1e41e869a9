#pragma once

#include <string>
#include <vector>

#include "journal/log/frame.hpp"
#include "log_subject.hpp"

/// A closed log's files, for tests that do to them what a disk does.
namespace sagad::journal::tests {

std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& bytes);

/// A frame where a file holds one.
struct frame_in_file {
  std::string path;
  std::size_t at = 0;
  log::frame_header header;
};

/// All frames of the log in a directory, in order.
std::vector<frame_in_file> frames_of(const std::string& directory);

/// What a log remembers beside its segments: put back, it has not seen what was written since.
class memory_of_a_log {
 public:
  explicit memory_of_a_log(const std::string& directory);
  void restore() const;

 private:
  std::string directory_;
  std::string lock_;
};

/// Puts all of a directory's files back to what they were.
class copy_of_a_log {
 public:
  explicit copy_of_a_log(const std::string& directory);
  void restore() const;

 private:
  std::string directory_;
  std::vector<std::pair<std::string, std::string>> files_;
};

}  // namespace sagad::journal::tests

#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace sagad::config {

/// A file's bytes, or why there are none.
struct file_text {
  std::optional<std::string> bytes;
  std::string why_not;  ///< a sentence that names the file
};

/// The whole file when it is a regular one (or a pipe, as of `<(...)`) of at most so many bytes.
file_text read_text(const std::string& path, std::size_t bytes_max);

}  // namespace sagad::config

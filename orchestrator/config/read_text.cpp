#include "config/read_text.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace sagad::config {

file_text read_text(const std::string& path, std::size_t bytes_max) {
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) return {std::nullopt, "`" + path + "` is a folder, not a file"};
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const int why = errno;
    return {std::nullopt, "cannot read `" + path + "`: " + std::generic_category().message(why == 0 ? EIO : why) +
                              (why == ENOENT ? "; paths are relative to where sagad is started" : "")};
  }
  std::string bytes;
  std::array<char, 4096> chunk{};
  while (file && bytes.size() <= bytes_max) {
    file.read(chunk.data(), chunk.size());
    bytes.append(chunk.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) return {std::nullopt, "cannot read `" + path + "`: the device fails"};
  if (bytes.size() > bytes_max) {
    return {std::nullopt, "`" + path + "` is larger than " + std::to_string(bytes_max) + " bytes"};
  }
  return {std::move(bytes), {}};
}

}  // namespace sagad::config

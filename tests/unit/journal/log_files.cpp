#include "log_files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "journal/log/segments.hpp"

namespace sagad::journal::tests {

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  // At once: byte by byte, without optimisation and with a sanitizer, it would be most of what the log's tests take.
  std::string bytes(std::filesystem::file_size(path), '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  ASSERT_TRUE(out.good()) << path;
}

std::vector<frame_in_file> frames_of(const std::string& directory) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (log::segment_sequence(entry.path().filename().string())) paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<frame_in_file> frames;
  for (const auto& path : paths) {
    const auto bytes = read_file(path);
    for (std::size_t at = 0; at + log::frame_header_bytes <= bytes.size();) {
      const auto header = log::frame_header_of(std::string_view(bytes).substr(at));
      if (!header) break;
      frames.push_back({path, at, *header});
      at += header->bytes;
    }
  }
  return frames;
}

memory_of_a_log::memory_of_a_log(const std::string& directory)
    : directory_(directory), lock_(read_file(directory + "/lock")) {}

void memory_of_a_log::restore() const {
  write_file(directory_ + "/lock", lock_);
  for (const auto* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(directory_ + "/index.db" + suffix);
}

copy_of_a_log::copy_of_a_log(const std::string& directory) : directory_(directory) {
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    files_.emplace_back(entry.path().string(), read_file(entry.path().string()));
  }
}

void copy_of_a_log::restore() const {
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) std::filesystem::remove(entry.path());
  for (const auto& [path, bytes] : files_) write_file(path, bytes);
}

}  // namespace sagad::journal::tests

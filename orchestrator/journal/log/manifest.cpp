#include "journal/log/manifest.hpp"

#include <cerrno>
#include <charconv>
#include <vector>

#include "journal/log/crc32c.hpp"

namespace sagad::journal::log {
namespace {

constexpr std::string_view finished_line = "sagad backup 1";
constexpr std::string_view unfinished_line = "sagad backup 1, unfinished";
constexpr std::uint64_t manifest_bytes_max = 256U << 20U;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const auto end = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(line.size(), end + 1));
  }
  return words;
}

template <typename Number>
bool read_number(std::string_view word, Number& into) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), into);
  return error == std::errc() && end == word.data() + word.size();
}

}  // namespace

std::string manifest::text() const {
  std::string lines(finished ? finished_line : unfinished_line);
  lines += "\ntaken " + std::to_string(taken) + "\n";
  for (const auto& [name, one] : files) {
    lines += "file " + name + " " + std::to_string(one.bytes) + " " + std::to_string(one.checksum) + "\n";
  }
  return lines + "checksum " + std::to_string(crc32c(lines)) + "\n";
}

std::optional<manifest> manifest::parse(std::string_view text) {
  manifest found;
  const auto whole = text;
  for (std::size_t number = 0; !text.empty(); ++number) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const auto line = text.substr(0, end);
    const auto before = whole.substr(0, whole.size() - text.size());
    text.remove_prefix(end + 1);
    if (number == 0) {
      if (line != finished_line && line != unfinished_line) return std::nullopt;
      found.finished = line == finished_line;
      continue;
    }
    const auto words = words_of(line);
    entry one;
    std::uint32_t checksum = 0;
    if (words.size() == 2 && words[0] == "taken" && read_number(words[1], found.taken)) continue;
    if (words.size() == 4 && words[0] == "file" && read_number(words[2], one.bytes) &&
        read_number(words[3], one.checksum)) {
      found.files[std::string(words[1])] = one;
      continue;
    }
    const bool last = words.size() == 2 && words[0] == "checksum" && read_number(words[1], checksum);
    if (!last || !text.empty() || checksum != crc32c(before)) return std::nullopt;
    return found;
  }
  return std::nullopt;
}

found_manifest find_manifest(files& files, const std::string& directory) {
  const auto path = directory + "/" + manifest::file_name;
  std::unique_ptr<file> opened;
  const int error = files.open(path, false, opened);
  if (error == ENOENT) return {};
  must_work(error, path);
  std::uint64_t bytes = 0;
  must_work(opened->size(bytes), path);
  if (bytes > manifest_bytes_max) return {true, std::nullopt};
  std::string text(bytes, '\0');
  std::size_t got = 0;
  must_work(opened->read(0, text.data(), text.size(), got), path);
  text.resize(got);
  return {true, manifest::parse(text)};
}

void write_manifest(files& files, const std::string& directory, const manifest& what) {
  const auto path = directory + "/" + manifest::file_name;
  const auto fresh = directory + "/" + manifest::unfinished_name;
  std::unique_ptr<file> made;
  must_work(files.open(fresh, true, made), fresh);
  must_work(made->resize(0), fresh);
  must_work(made->write(0, what.text()), fresh);
  must_work(made->sync(), fresh);
  must_work(files.rename(fresh, path), path);
  must_work(files.sync_directory(directory), directory);
}

}  // namespace sagad::journal::log

#include "journal/log/kept_aside.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

#include "journal/journal.hpp"

namespace sagad::journal::log {
namespace {

std::string padded(std::uint64_t number) {
  auto digits = std::to_string(number);
  if (digits.size() < 12) digits.insert(0, 12 - digits.size(), '0');
  return digits;
}

void make_way(files& files, const std::string& directory) {
  std::vector<std::string> names;
  must_work(files.list(directory, names), directory);
  std::erase_if(names, [](const std::string& name) { return !name.starts_with("torn-") || !name.ends_with(".bin"); });
  std::sort(names.begin(), names.end());
  for (std::size_t at = 0; at + kept_aside_max <= names.size(); ++at) {
    const auto path = directory + "/" + names[at];
    must_work(files.remove(path), path);
  }
}

}  // namespace

std::string keep_aside(files& files, const std::string& directory, const std::string& of, std::uint64_t byte,
                       std::string_view bytes) {
  make_way(files, directory);
  const auto path = directory + "/torn-" + of + "-" + padded(byte) + ".bin";
  std::unique_ptr<file> kept;
  int error = files.open(path, true, kept);
  if (error == 0) error = kept->resize(0);
  if (error == 0) error = kept->write(0, bytes.substr(0, kept_aside_bytes_max));
  if (error == 0) error = kept->sync();
  if (error == 0) return "kept as " + path;
  if (kept) static_cast<void>(files.remove(path));
  if (error != ENOSPC && error != EDQUOT && error != EFBIG) must_work(error, path);
  return "there was no room to keep it";
}

}  // namespace sagad::journal::log

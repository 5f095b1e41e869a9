#include "runtime/callback_keys.hpp"

#include <fcntl.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "base/digest.hpp"

namespace sagad::runtime {
namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t keys_max = 255;

std::string random_key() {
  std::string key(key_bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size())) != 1) {
    throw std::runtime_error("libcrypto gave no random bytes for a callback key");
  }
  return key;
}

[[noreturn]] void fail(const std::string& file, const std::string& what) {
  throw std::runtime_error("callback keys " + file + ": " + what);
}

void must(bool done, const std::string& file) {
  if (!done) fail(file, std::strerror(errno));
}

// Written beside and renamed, so that a crash leaves a whole file or none.
void make(const std::string& file) {
  const auto line = fresh_callback_key_line();
  const auto beside = file + ".new";
  const int made = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  must(made >= 0, beside);
  const bool written =
      ::write(made, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(made) == 0;
  ::close(made);
  must(written, beside);
  must(::rename(beside.c_str(), file.c_str()) == 0, file);
  const auto folder = std::filesystem::path(file).parent_path().string();
  const int directory = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  must(directory >= 0, folder);
  const bool synced = ::fsync(directory) == 0;
  ::close(directory);
  must(synced, folder);
}

std::vector<std::string> read_keys(std::istream& in, const std::string& file) {
  std::vector<std::string> keys;
  for (std::string line; std::getline(in, line);) {
    const auto parsed = digest::parse_hex(line);
    if (!parsed)
      fail(file, "line " + std::to_string(keys.size() + 1) +
                     " is not 64 lower-case hexadecimal digits: put the file back from a backup, or take the line out; "
                     "what it has "
                     "signed is refused then");
    keys.emplace_back(reinterpret_cast<const char*>(parsed->bytes.data()), parsed->bytes.size());
  }
  if (keys.empty() || keys.size() > keys_max)
    fail(file,
         "holds no key, or more than 255: put it back from a backup; without it a new one is made, and late answers to "
         "addresses of the old ones are refused");
  return keys;
}

}  // namespace

std::string fresh_callback_key_line() {
  digest hexed;
  std::memcpy(hexed.bytes.data(), random_key().data(), key_bytes);
  return hexed.hex() + "\n";
}

std::vector<std::string> callback_keys_of(const std::string& lines, const std::string& where) {
  std::istringstream in(lines);
  return read_keys(in, where);
}

std::vector<std::string> fresh_callback_keys() {
  return {random_key()};
}

std::vector<std::string> callback_keys_in(const std::string& file) {
  if (!std::filesystem::exists(file)) make(file);
  std::ifstream in(file);
  if (!in) fail(file, "cannot be read");
  return read_keys(in, file);
}

}  // namespace sagad::runtime

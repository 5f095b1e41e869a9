#include "journal/log/lock_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "journal/log/files.hpp"

namespace sagad::journal::log {
namespace {

constexpr std::size_t page_bytes = 4096;
constexpr std::size_t owner_bytes = 64;
constexpr std::uint64_t lock_magic = 0x314b434f4c474153;  // "SAGLOCK1"

// Words of the page, behind the line that names the owner.
enum word : std::size_t {
  word_magic = 8,
  word_log,
  word_committed,
  word_committed_inverted,
  word_checkpoint,
  word_definitions,
  word_epoch,
  word_bytes_a_saga,
  word_positions = 64,  ///< one a partition
};
static_assert((word_positions + partitions) * 8 <= page_bytes);

std::atomic_ref<std::uint64_t> at(char* page, std::size_t index) noexcept {
  return std::atomic_ref<std::uint64_t>(reinterpret_cast<std::uint64_t*>(page)[index]);
}

std::string owner_of(int descriptor) {
  std::array<char, owner_bytes> line{};
  const auto got = ::pread(descriptor, line.data(), line.size() - 1, 0);
  int pid = 0;
  if (got > 0 && std::sscanf(line.data(), "process %d", &pid) == 1) return "process " + std::to_string(pid);
  return "another process";
}

std::string people(const std::string& directory, const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0 && ::stat(directory.c_str(), &found) != 0) return {};
  return " (it belongs to user " + std::to_string(found.st_uid) + ", this is user " + std::to_string(::geteuid()) + ")";
}

}  // namespace

lock_file::outcome lock_file::take(const std::string& directory) {
  const auto path = directory + "/lock";
  const int folder = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return refusal{directory + ": " + error_text(errno)};
  // Not every file system can lock a directory.
  const bool folder_taken = ::flock(folder, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  const int descriptor = ::open(path.c_str(), O_RDWR | (folder_taken ? 0 : O_CREAT) | O_CLOEXEC, 0640);
  if (descriptor < 0) {
    const int error = errno;
    ::close(folder);
    if (folder_taken) return refusal{directory + " is in use by another process", true};
    const bool forbidden = error == EACCES || error == EPERM;
    return refusal{path + ": " + error_text(error) + (forbidden ? people(directory, path) : "")};
  }
  const auto fail = [&](const std::string& why, bool in_use = false) {
    ::close(descriptor);
    ::close(folder);
    return refusal{why, in_use};
  };
  if (folder_taken || ::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (folder_taken || errno == EWOULDBLOCK) return fail(directory + " is in use by " + owner_of(descriptor), true);
    return fail(path + ": " + error_text(errno));
  }
  struct stat found {};
  if (::fstat(descriptor, &found) != 0) return fail(path + ": " + error_text(errno));
  // Written, not only sized: a mapped page without room behind it would end the process when it is first touched.
  if (found.st_size < static_cast<off_t>(page_bytes)) {
    const std::string zeros(page_bytes - static_cast<std::size_t>(found.st_size), '\0');
    if (::pwrite(descriptor, zeros.data(), zeros.size(), found.st_size) != static_cast<ssize_t>(zeros.size())) {
      return fail(path + ": " + error_text(errno));
    }
  }
  void* page = ::mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (page == MAP_FAILED) return fail(path + ": " + error_text(errno));
  auto* bytes = static_cast<char*>(page);
  std::array<char, owner_bytes> line{};
  std::snprintf(line.data(), line.size(), "process %d\n", static_cast<int>(::getpid()));
  std::memcpy(bytes, line.data(), line.size());
  return std::unique_ptr<lock_file>(new lock_file(folder, descriptor, bytes));
}

std::optional<lock_file::progress> lock_file::look(const std::string& directory) {
  const int descriptor = ::open((directory + "/lock").c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  struct stat found {};
  void* page = MAP_FAILED;
  if (::fstat(descriptor, &found) == 0 && found.st_size >= static_cast<off_t>(page_bytes)) {
    page = ::mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  }
  if (page == MAP_FAILED) {
    ::close(descriptor);
    return std::nullopt;
  }
  const lock_file seen(::dup(descriptor), descriptor, static_cast<char*>(page));
  progress result;
  result.log = seen.log();
  result.committed = seen.committed();
  result.definitions_bytes = seen.definitions_bytes();
  return result.log == 0 ? std::nullopt : std::optional(result);
}

lock_file::~lock_file() {
  ::munmap(page_, page_bytes);
  ::close(descriptor_);
  ::close(directory_);
}

std::uint64_t lock_file::log() const noexcept {
  return at(page_, word_magic).load() == lock_magic ? at(page_, word_log).load() : 0;
}

offset lock_file::committed() const noexcept {
  if (log() == 0) return {};
  // The two are written one after the other: between them a killed process leaves the older in one.
  return offset{std::min(at(page_, word_committed).load(), ~at(page_, word_committed_inverted).load())};
}

offset lock_file::checkpoint() const noexcept {
  return log() == 0 ? offset{} : offset{at(page_, word_checkpoint).load()};
}

std::uint64_t lock_file::definitions_bytes() const noexcept {
  return log() == 0 ? 0 : at(page_, word_definitions).load();
}

std::uint64_t lock_file::epoch() const noexcept {
  return log() == 0 ? 0 : at(page_, word_epoch).load();
}

std::uint64_t lock_file::bytes_a_saga() const noexcept {
  return log() == 0 ? 0 : at(page_, word_bytes_a_saga).load();
}

position lock_file::last_position(partition_no partition) const noexcept {
  return log() == 0 ? 0 : at(page_, word_positions + partition).load();
}

void lock_file::begin(std::uint64_t log, offset committed, std::uint64_t definitions_bytes) noexcept {
  at(page_, word_magic).store(0);
  at(page_, word_log).store(log);
  for (std::size_t word = word_checkpoint; word < word_positions + partitions; ++word) at(page_, word).store(0);
  set_definitions_bytes(definitions_bytes);
  commit(committed);
  // All of it is there for whoever looks.
  at(page_, word_magic).store(lock_magic);
}

void lock_file::commit(offset committed) noexcept {
  at(page_, word_committed_inverted).store(~as_number(committed), std::memory_order_release);
  at(page_, word_committed).store(as_number(committed), std::memory_order_release);
}

void lock_file::set_checkpoint(offset checkpoint) noexcept {
  at(page_, word_checkpoint).store(as_number(checkpoint));
}

void lock_file::set_definitions_bytes(std::uint64_t bytes) noexcept {
  at(page_, word_definitions).store(bytes, std::memory_order_release);
}

void lock_file::set_epoch(std::uint64_t epoch) noexcept {
  at(page_, word_epoch).store(epoch);
}

void lock_file::set_bytes_a_saga(std::uint64_t bytes) noexcept {
  at(page_, word_bytes_a_saga).store(bytes, std::memory_order_relaxed);
}

void lock_file::set_last_position(partition_no partition, position last) noexcept {
  at(page_, word_positions + partition).store(last, std::memory_order_relaxed);
}

}  // namespace sagad::journal::log

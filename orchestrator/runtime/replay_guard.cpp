#include "runtime/replay_guard.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <system_error>

namespace sagad::runtime {
namespace {

[[noreturn]] void fail(const std::string& file) {
  throw std::system_error(errno, std::generic_category(), "the note of what is replayed, " + file);
}

bool write_whole(int file, std::span<const char> bytes) {
  const auto written = ::pwrite(file, bytes.data(), bytes.size(), 0);
  if (written >= 0 && written != static_cast<ssize_t>(bytes.size())) errno = ENOSPC;
  return written == static_cast<ssize_t>(bytes.size());
}

}  // namespace

replay_guard::replay_guard(const std::string& file) {
  const int opened = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (opened < 0) fail(file);
  // A file of another size is of no use as a note: it begins anew, zeroed. Written, not only sized: a mapped page
  // without room behind it would end the process when it is first touched.
  struct stat status {};
  constexpr std::array<char, sizeof(contents)> zeros{};
  const bool usable = ::fstat(opened, &status) == 0 && (status.st_size == sizeof(contents) ||
                                                        (::ftruncate(opened, 0) == 0 && write_whole(opened, zeros)));
  void* mapped = usable ? ::mmap(nullptr, sizeof(contents), PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0) : MAP_FAILED;
  const int error = errno;
  ::close(opened);
  if (mapped == MAP_FAILED) {
    errno = error;
    fail(file);
  }
  kept_ = static_cast<contents*>(mapped);
  for (auto& saga : kept_->replaying) {
    if (saga != saga_id{}) accuse(saga);
    saga = saga_id{};
  }
}

replay_guard::~replay_guard() {
  ::munmap(kept_, sizeof(contents));
}

void replay_guard::accuse(const saga_id& saga) noexcept {
  auto& all = kept_->suspects;
  auto place = std::find_if(all.begin(), all.end(), [&](const suspect& one) { return one.saga == saga; });
  if (place == all.end()) {
    place = std::min_element(all.begin(), all.end(),
                             [](const suspect& left, const suspect& right) { return left.deaths < right.deaths; });
    *place = {saga, 0};
  }
  ++place->deaths;
}

replay_guard::standing replay_guard::standing_of(const saga_id& saga) const noexcept {
  const std::lock_guard lock(guard_);
  const auto& all = kept_->suspects;
  const auto found = std::find_if(all.begin(), all.end(), [&](const suspect& one) { return one.saga == saga; });
  if (found == all.end() || found->deaths < deaths_suspected) return standing::good;
  return found->deaths < deaths_max ? standing::suspected : standing::poisoned;
}

void replay_guard::begin(std::size_t slot, const saga_id& saga) noexcept {
  kept_->replaying.at(slot) = saga;
}

void replay_guard::end(std::size_t slot) noexcept {
  auto& saga = kept_->replaying.at(slot);
  const std::lock_guard lock(guard_);
  for (auto& one : kept_->suspects) {
    if (one.deaths != 0 && one.saga == saga) one = {};
  }
  saga = saga_id{};
}

}  // namespace sagad::runtime

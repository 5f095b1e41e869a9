#include "participants/sdk/database_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <system_error>

namespace sagad::participants {
namespace {

std::string owner_of(int descriptor) {
  std::array<char, 64> line{};
  int pid = 0;
  const auto got = pread(descriptor, line.data(), line.size() - 1, 0);
  if (got > 0 && std::sscanf(line.data(), "process %d", &pid) == 1) return "process " + std::to_string(pid);
  return "another process";
}

}  // namespace

database_lock::database_lock(const std::string& database) {
  const std::string path = database + ".lock";
  const auto fail = [this](const std::string& why) {
    if (descriptor_ >= 0) close(descriptor_);
    throw std::runtime_error(why);
  };
  const auto fail_with_errno = [&] { fail("cannot lock " + path + ": " + std::system_category().message(errno)); };
  descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail_with_errno();
  if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) fail_with_errno();
    fail("the database " + database + " is in use by " + owner_of(descriptor_) +
         ": stop that one, or name another with --database");
  }
  const std::string owner = "process " + std::to_string(getpid()) + "\n";
  const bool written = ftruncate(descriptor_, 0) == 0 &&
                       pwrite(descriptor_, owner.data(), owner.size(), 0) == static_cast<ssize_t>(owner.size());
  if (!written) fail_with_errno();
}

database_lock::~database_lock() {
  close(descriptor_);
}

}  // namespace sagad::participants

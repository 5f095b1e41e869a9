#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace sagad::journal::postgres {

/// Wakes a thread that waits for descriptors. Rung several times before it is heard, it is heard once. Thread-safe.
class alarm {
 public:
  alarm() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  ~alarm() { ::close(descriptor_); }
  alarm(const alarm&) = delete;
  alarm& operator=(const alarm&) = delete;

  int descriptor() const noexcept { return descriptor_; }
  void ring() const noexcept {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(descriptor_, &one, sizeof one));
  }
  void hear() const noexcept {
    std::uint64_t rung = 0;
    static_cast<void>(!::read(descriptor_, &rung, sizeof rung));
  }

 private:
  int descriptor_;
};

}  // namespace sagad::journal::postgres

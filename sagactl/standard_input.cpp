#include "sagactl/standard_input.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sagad::sagactl {

standard_input::int_type standard_input::underflow() {
  constexpr int asked_every_ms = 100;
  while (!stopped_()) {
    pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    if (poll(&input, 1, asked_every_ms) <= 0) continue;
    const auto bytes = read(STDIN_FILENO, buffer_.data(), buffer_.size());
    if (bytes == 0) return traits_type::eof();
    if (bytes > 0) {
      setg(buffer_.data(), buffer_.data(), buffer_.data() + bytes);
      return traits_type::to_int_type(*gptr());
    }
    if (errno != EINTR && errno != EAGAIN) throw std::system_error(errno, std::generic_category());
  }
  // The stream makes of it that it is bad.
  throw std::system_error(EINTR, std::generic_category());
}

}  // namespace sagad::sagactl

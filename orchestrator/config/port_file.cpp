#include "config/port_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <system_error>

namespace sagad::config {

void write_port_file(const std::string& path, std::uint16_t port) {
  if (path.empty()) return;
  const auto refuse = [&] {
    throw std::system_error(errno == 0 ? EIO : errno, std::generic_category(), "cannot write the port file " + path);
  };
  const std::string beside = path + "." + std::to_string(::getpid());
  errno = 0;
  std::ofstream file(beside, std::ios::trunc);
  file << port << '\n';
  file.close();
  if (!file) refuse();
  if (std::rename(beside.c_str(), path.c_str()) != 0) {
    const int why = errno;
    std::remove(beside.c_str());
    errno = why;
    refuse();
  }
}

}  // namespace sagad::config

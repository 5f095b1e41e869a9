#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.hpp"

namespace sagad::participants::test {

/// One of the binaries as a process of its own, on a free port; killed when this goes.
class running_participant {
 public:
  /// Waits until it listens. `database` survives it.
  running_participant(const std::string& name, const std::string& database, std::vector<std::string> more = {});
  running_participant(const running_participant&) = delete;
  running_participant& operator=(const running_participant&) = delete;
  ~running_participant();

  std::uint16_t port() const noexcept { return port_; }
  pid_t pid() const noexcept { return pid_; }
  void signal(int number) const;
  /// Waits for its end: the exit code, or minus the signal that ended it.
  int wait();

 private:
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

/// Runs a binary to its end: exit code and what it printed on either stream.
struct finished {
  int code = -1;
  std::string printed;
};
finished run_to_end(const std::string& name, std::vector<std::string> arguments);

}  // namespace sagad::participants::test

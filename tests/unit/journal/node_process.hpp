#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

namespace sagad::journal::tests {

/// node_process_main.cpp, begun and asked.
class node_process {
 public:
  node_process(const std::string& url, std::chrono::milliseconds lease, std::chrono::seconds clock_off_by);
  ~node_process();
  node_process(const node_process&) = delete;
  node_process& operator=(const node_process&) = delete;

  /// Its answer; empty: it is gone.
  std::string ask(const std::string& line);
  void signal(int which);

 private:
  pid_t process_ = 0;
  int to_ = -1;
  int from_ = -1;
};

}  // namespace sagad::journal::tests

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

#include "postgres_node.hpp"

/// A node as a process of its own, that can be stopped and killed, and whose clock is off. Asked line by line.

namespace {

time_t clock_is_off_by = 0;

}  // namespace

// In the place of the C library's, for everything in this process.
extern "C" int clock_gettime(clockid_t which, timespec* to) noexcept {
  const auto result = static_cast<int>(::syscall(SYS_clock_gettime, which, to));
  if (which == CLOCK_REALTIME) to->tv_sec += clock_is_off_by;
  return result;
}

namespace sagad::journal::tests {
namespace {

std::string answer_to(postgres_node& node, const std::string& line) {
  std::istringstream words(line);
  std::string what;
  std::uint64_t number = 0;
  partition_no partition = 0;
  words >> what;
  if (what == "count") return std::to_string(node.count());
  if (what == "lost") return std::to_string(node.lost_all().size());
  if (what == "time") return std::to_string(node.store().now());
  if (what == "clock") {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  }
  if (what == "owns") {
    words >> partition;
    return node.store().owns(partition, node.taken_as(partition).epoch) ? "yes" : "no";
  }
  if (what == "start") {
    words >> number >> partition;
    return node.put(node.make(saga(number, partition), 1)) == result::durable ? "durable" : "not";
  }
  return "?";
}

int run(const std::string& url, const std::string& lease, const std::string& off_by) {
  clock_is_off_by = std::stoll(off_by);
  postgres::options settings;
  settings.url = url;
  settings.poll = std::chrono::milliseconds(20);
  settings.lease = std::chrono::milliseconds(std::stoll(lease));
  postgres_node node(settings, "a process");
  for (std::string line; std::getline(std::cin, line);) std::cout << answer_to(node, line) << std::endl;
  return 0;
}

}  // namespace
}  // namespace sagad::journal::tests

int main(int count, char** arguments) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  return count == 4 ? sagad::journal::tests::run(arguments[1], arguments[2], arguments[3]) : EXIT_FAILURE;
}

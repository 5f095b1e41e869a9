#include "node_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>

extern char** environ;

namespace sagad::journal::tests {

node_process::node_process(const std::string& url, std::chrono::milliseconds lease, std::chrono::seconds clock_off_by) {
  std::array<int, 2> asked{}, answered{};
  if (::pipe2(asked.data(), O_CLOEXEC) != 0 || ::pipe2(answered.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, asked[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, answered[1], STDOUT_FILENO);
  std::string program = SAGAD_NODE_PROCESS, where = url, lasts = std::to_string(lease.count()),
              off_by = std::to_string(clock_off_by.count());
  std::array<char*, 5> arguments{program.data(), where.data(), lasts.data(), off_by.data(), nullptr};
  const int failed = ::posix_spawn(&process_, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(asked[0]);
  ::close(answered[1]);
  to_ = asked[1];
  from_ = answered[0];
  if (failed != 0) throw std::runtime_error("no " + program);
}

// Without a word to the database.
node_process::~node_process() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  ::close(to_);
  ::close(from_);
}

std::string node_process::ask(const std::string& line) {
  const auto whole = line + '\n';
  if (::write(to_, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size())) return {};
  std::string answer;
  for (char letter = 0;;) {
    const auto read = ::read(from_, &letter, 1);
    if (read < 0 && errno == EINTR) continue;
    if (read <= 0) return {};
    if (letter == '\n') return answer;
    answer.push_back(letter);
  }
}

void node_process::signal(int which) {
  ::kill(process_, which);
}

}  // namespace sagad::journal::tests

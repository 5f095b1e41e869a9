#include "tests/integration/participants/running_participant.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "tests/integration/participants/participant_wire.hpp"

namespace sagad::participants::test {
namespace {

struct started {
  pid_t pid = -1;
  int output = -1;
};

started start(const std::string& name, std::vector<std::string> arguments, bool errors_too) {
  arguments.insert(arguments.begin(), std::string(SAGAD_BIN_DIR) + "/" + name);
  std::vector<char*> raw;
  for (auto& one : arguments) raw.push_back(one.data());
  raw.push_back(nullptr);
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("no process");
  if (pid == 0) {
    dup2(pipe_ends[1], STDOUT_FILENO);
    if (errors_too) dup2(pipe_ends[1], STDERR_FILENO);
    execv(raw[0], raw.data());
    _exit(127);
  }
  close(pipe_ends[1]);
  return {pid, pipe_ends[0]};
}

/// Up to and with the first `until`, or everything.
std::string read_output(int output, const std::string& until) {
  std::string text;
  std::array<char, 4096> piece{};
  while (until.empty() || text.find(until) == std::string::npos) {
    pollfd what{output, POLLIN, 0};
    const auto wait_ms = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
    if (poll(&what, 1, static_cast<int>(wait_ms)) <= 0) throw std::runtime_error("the participant prints nothing");
    const auto n = read(output, piece.data(), piece.size());
    if (n <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(n));
  }
  return text;
}

int ended(pid_t pid) {
  int status = 0;
  if (waitpid(pid, &status, 0) != pid) throw std::runtime_error("the participant cannot be waited for");
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

running_participant::running_participant(const std::string& name, const std::string& database,
                                         std::vector<std::string> more) {
  std::vector<std::string> arguments{"--listen", "127.0.0.1:0", "--database", database};
  if (!database.starts_with("postgresql:")) arguments.insert(arguments.end(), {"--sync", "normal"});
  arguments.insert(arguments.end(), more.begin(), more.end());
  const started process = start(name, std::move(arguments), false);
  pid_ = process.pid;
  const std::string line = read_output(process.output, "\n");
  close(process.output);
  const std::string before = "http://127.0.0.1:";
  const auto place = line.find(before);
  if (place == std::string::npos) {
    ended(pid_);
    throw std::runtime_error(name + " does not listen: " + line);
  }
  port_ = static_cast<std::uint16_t>(std::stoi(line.substr(place + before.size())));
}

running_participant::~running_participant() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void running_participant::signal(int number) const {
  kill(pid_, number);
}

int running_participant::wait() {
  const int code = ended(pid_);
  pid_ = -1;
  return code;
}

finished run_to_end(const std::string& name, std::vector<std::string> arguments) {
  const started process = start(name, std::move(arguments), true);
  finished made;
  made.printed = read_output(process.output, "");
  close(process.output);
  made.code = ended(process.pid);
  return made;
}

}  // namespace sagad::participants::test

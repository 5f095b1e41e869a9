#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <istream>
#include <string_view>
#include <thread>

#include "sagactl/command_line.hpp"
#include "sagactl/cpprest_transport.hpp"
#include "sagactl/fresh_name.hpp"
#include "sagactl/standard_input.hpp"

namespace {

std::atomic<bool> signal_seen{false};
static_assert(std::atomic<bool>::is_always_lock_free, "what a signal's handler writes must be");

void note_signal(int) {
  constexpr char words[] = "\nsagactl: ending: what is under way is waited for; Ctrl-C again ends at once\n";
  const int error = errno;
  signal_seen = true;
  static_cast<void>(!write(STDERR_FILENO, words, sizeof words - 1));
  errno = error;
}

// From the first question on the first signal is noted, and the second one ends the process as ever.
bool interrupted() {
  static const bool caught = [] {
    struct sigaction action = {};
    action.sa_handler = &note_signal;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (const int signal : {SIGINT, SIGTERM}) {
      struct sigaction before = {};
      sigaction(signal, nullptr, &before);
      if (before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);
    }
    return true;
  }();
  return caught && signal_seen;
}

sagad::sagactl::screen standard_output() {
  if (isatty(STDOUT_FILENO) != 1) return {};
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view() : std::string_view(value);
  };
  winsize size{};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  // https://no-color.org
  return {known ? std::size_t{size.ws_col} : 0, set("NO_COLOR").empty() && set("TERM") != "dumb"};
}

}  // namespace

int main(int argc, char** argv) {
  using namespace sagad::sagactl;
  using namespace std::chrono;
  // Who never asks whether it is interrupted is ended by the signal itself.
  standard_input input([] { return signal_seen.load(); });
  std::istream in(&input);
  in.tie(&std::cout);
  const surroundings around{in,
                            std::cout,
                            std::cerr,
                            &make_cpprest_transport,
                            [] { return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count(); },
                            [](milliseconds much) { std::this_thread::sleep_for(much); },
                            &fresh_name,
                            isatty(STDERR_FILENO) == 1,
                            standard_output(),
                            &interrupted};
  const auto ended = run({argv + 1, argv + argc}, around);
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "sagactl: standard output cannot be written: what was asked for may be done all the same\n";
  }
  // The library's threads outlive main and would meet its statics half gone.
  std::_Exit(static_cast<int>(std::cout || ended != exit_code::ok ? ended : exit_code::unreachable));
}

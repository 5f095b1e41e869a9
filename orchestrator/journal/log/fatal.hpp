#pragma once

#include <string_view>

namespace sagad::journal::log {

/// The exit status of a process that its journal has stopped.
inline constexpr int fatal_status = 70;

/// Ends the process with one line on standard error: after a failed sync nothing in memory can be trusted to be on the
/// disk, and nobody may act on it. No destructor runs.
[[noreturn]] void fatal(std::string_view message);

}  // namespace sagad::journal::log

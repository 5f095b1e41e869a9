#pragma once

#include <cstdint>
#include <string_view>

/// Log lines on standard error, one a call, with time and level. Thread-safe; nobody waits for who reads them: past
/// 1 MiB that was not read the oldest are dropped, and counted.
namespace sagad::log {

void info(std::string_view line);
void warn(std::string_view line);
void error(std::string_view line);

/// Lines that were dropped so far.
std::uint64_t dropped() noexcept;

/// Writes what waits, as far as standard error takes it within a second. For who ends the process at once, without its
/// destructors, or tells somebody that he may look.
void flush() noexcept;

/// Also writes `line`, as it is.
void last_line(std::string_view line) noexcept;

}  // namespace sagad::log

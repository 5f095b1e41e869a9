#pragma once

#include <string_view>

/// Log lines on standard error, one a call, with time and level. Thread-safe; asks nobody to wait on a disk.
namespace sagad::log {

void info(std::string_view line);
void warn(std::string_view line);
void error(std::string_view line);

}  // namespace sagad::log

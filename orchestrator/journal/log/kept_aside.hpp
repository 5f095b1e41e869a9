#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "journal/log/files.hpp"

namespace sagad::journal::log {

/// How many of them a directory holds, and how much of each: the oldest make room.
inline constexpr std::size_t kept_aside_max = 8;
inline constexpr std::uint64_t kept_aside_bytes_max = 32U << 20U;

/// Keeps bytes that are about to be wiped as `DIR/torn-<of>-<byte>.bin`, for whoever wants to look at them. Returns
/// what is to be said of it: where they are, or that there was no room. Throws `damaged` when the disk fails.
std::string keep_aside(files& files, const std::string& directory, const std::string& of, std::uint64_t byte,
                       std::string_view bytes);

}  // namespace sagad::journal::log

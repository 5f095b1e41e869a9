#pragma once

#include <cstdint>
#include <string_view>

#include "journal/log/little_endian.hpp"

namespace sagad::journal::log {

/// A start key's hash in the index, kept in index.db: changing it changes the index's format. 64 bits, by folded
/// products as in wyhash, seeded with the log's random number so that nobody can choose keys whose hashes are equal
/// (each such costs one more read of a record).
inline std::uint64_t key_hash(std::string_view key, std::uint64_t log) noexcept {
  __extension__ using wide = unsigned __int128;
  const auto fold = [](std::uint64_t left, std::uint64_t right) {
    const auto product = static_cast<wide>(left) * right;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
  };
  std::uint64_t hash = fold(log ^ 0x2d358dccaa6c78a5ULL, 0x589965cc75374cc3ULL) ^ key.size();
  while (!key.empty()) {
    char word[8] = {};
    const auto step = key.size() < sizeof word ? key.size() : sizeof word;
    std::memcpy(word, key.data(), step);
    hash = fold(hash ^ get<std::uint64_t>(word), 0x8bb84b93962eacc9ULL);
    key.remove_prefix(step);
  }
  return fold(hash, 0x4b33a62ed433d4a3ULL);
}

}  // namespace sagad::journal::log

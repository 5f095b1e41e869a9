#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "journal/log/little_endian.hpp"

namespace sagad::journal::log {

/// Says of a key's hash "certainly not here" or "perhaps": a split-block Bloom filter (as in the Parquet format: one
/// block of eight words a key, one bit in each), 16 bits a key, wrong about one key in a thousand when it is full.
/// Thread-safe.
class key_filter {
 public:
  explicit key_filter(std::uint64_t keys)
      : blocks_(keys / 16 + 1), words_(std::make_unique<std::atomic<std::uint32_t>[]>(blocks_ * words_a_block)) {}

  void add(std::uint64_t hash) noexcept {
    auto* block = block_of(hash);
    for (std::size_t word = 0; word < words_a_block; ++word) {
      block[word].fetch_or(mask(hash, word), std::memory_order_relaxed);
    }
  }

  bool may_have(std::uint64_t hash) const noexcept {
    const auto* block = block_of(hash);
    for (std::size_t word = 0; word < words_a_block; ++word) {
      if ((block[word].load(std::memory_order_relaxed) & mask(hash, word)) == 0) return false;
    }
    return true;
  }

  /// As it is kept in index.db.
  std::string bytes() const {
    std::string result(blocks_ * words_a_block * 4, '\0');
    for (std::size_t at = 0; at < blocks_ * words_a_block; ++at) {
      put(result.data() + at * 4, words_[at].load(std::memory_order_relaxed));
    }
    return result;
  }
  /// False when they are not of a filter of this size.
  bool restore(std::string_view bytes) noexcept {
    if (bytes.size() != blocks_ * words_a_block * 4) return false;
    for (std::size_t at = 0; at < blocks_ * words_a_block; ++at) {
      words_[at].store(get<std::uint32_t>(bytes.data() + at * 4), std::memory_order_relaxed);
    }
    return true;
  }

 private:
  static constexpr std::size_t words_a_block = 8;
  static constexpr std::array<std::uint32_t, words_a_block> salts{0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU,
                                                                  0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U};

  static std::uint32_t mask(std::uint64_t hash, std::size_t word) noexcept {
    return 1U << ((static_cast<std::uint32_t>(hash) * salts[word]) >> 27U);
  }
  std::atomic<std::uint32_t>* block_of(std::uint64_t hash) const noexcept {
    return &words_[((hash >> 32U) * blocks_ >> 32U) * words_a_block];
  }

  std::uint64_t blocks_;
  std::unique_ptr<std::atomic<std::uint32_t>[]> words_;
};

}  // namespace sagad::journal::log

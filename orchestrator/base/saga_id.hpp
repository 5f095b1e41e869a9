#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/moment.hpp"

namespace sagad {

/// The persisted unit of ownership and order; named in every saga id. The log format fixes their number.
using partition_no = std::uint16_t;
inline constexpr partition_no partitions = 256;

/// A saga's id, always made by the coordinator and never used twice: 48 bits of milliseconds, 16 of partition, 64
/// random, big-endian, so that ids sort by time. As text 26 characters of upper-case Crockford base32 (the value
/// right-aligned in 130 bits).
struct saga_id {
  static constexpr std::size_t text_size = 26;

  std::array<std::uint8_t, 16> bytes{};

  static saga_id make(millis at, partition_no partition, std::uint64_t random) noexcept;
  /// Empty for anything that is not exactly the text of an id (lower case, other length, other letters, more than 128
  /// bits, a partition that there is not).
  static std::optional<saga_id> parse(std::string_view text) noexcept;

  millis made_at() const noexcept;
  partition_no partition() const noexcept;
  std::string text() const;
  /// Writes text_size characters, no terminating zero.
  void write(char* out) const noexcept;

  friend auto operator<=>(const saga_id&, const saga_id&) noexcept = default;
};

/// For hash tables: the random half is already uniform.
struct saga_id_hash {
  std::size_t operator()(const saga_id& id) const noexcept {
    std::uint64_t half = 0;
    std::memcpy(&half, id.bytes.data() + 8, sizeof half);
    return half;
  }
};

}  // namespace sagad

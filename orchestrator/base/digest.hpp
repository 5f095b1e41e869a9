#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace sagad {

/// A SHA-256.
struct digest {
  std::array<std::uint8_t, 32> bytes{};

  std::string hex() const;
  static std::optional<digest> parse_hex(std::string_view text) noexcept;
  friend auto operator<=>(const digest&, const digest&) noexcept = default;
};

/// Of a SHA-256 the first half, where room counts: enough to tell apart what was not made to look the same.
struct half_digest {
  std::array<std::uint8_t, 16> bytes{};

  half_digest() = default;
  explicit half_digest(const digest& whole) noexcept { std::memcpy(bytes.data(), whole.bytes.data(), bytes.size()); }
  friend auto operator<=>(const half_digest&, const half_digest&) noexcept = default;
};

/// For hash tables.
struct digest_hash {
  std::size_t operator()(const digest& value) const noexcept {
    std::size_t first = 0;
    std::memcpy(&first, value.bytes.data(), sizeof first);
    return first;
  }
};

/// SHA-256 of the bytes.
digest digest_of(std::string_view bytes) noexcept;

/// SHA-256 over several fields, each preceded by its length as eight bytes, little-endian, so that no two lists of
/// fields give the same bytes. A request's digest is that of {method, path with query, body}.
digest digest_of_fields(std::initializer_list<std::string_view> fields) noexcept;

}  // namespace sagad

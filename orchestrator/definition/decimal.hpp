#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sagad::definition {

/// A JSON number, exactly: of any size, never rounded. Compared by value: 1, 1.0 and 10e-1 are equal.
class decimal {
 public:
  explicit decimal(std::string_view json_number);

  bool is_integer() const noexcept { return point_ >= static_cast<std::int64_t>(digits_.size()); }
  /// `divisor` is from 1 to 10 to the power of 18.
  bool is_multiple_of(std::uint64_t divisor) const noexcept;
  /// One text for all ways to write the number.
  std::string text() const;

  friend std::strong_ordering operator<=>(const decimal& left, const decimal& right) noexcept;
  friend bool operator==(const decimal& left, const decimal& right) noexcept = default;

 private:
  bool negative_ = false;
  std::string digits_;      // without zeros at either end; none: zero
  std::int64_t point_ = 0;  // the value is 0.DIGITS times ten to this power
};

/// The number when it is an integer of 64 bits, however it is written (7, 7.0, 70e-1).
std::optional<std::int64_t> exact_integer(std::string_view json_number);

}  // namespace sagad::definition

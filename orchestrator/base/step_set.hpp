#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace sagad {

/// A step's number within its definition, in the order in which the steps are written: 0 to 255.
using step_no = std::uint8_t;

inline constexpr std::size_t steps_max = 256;

/// A set of step numbers: four words, a value, no allocation.
class step_set {
 public:
  constexpr void set(step_no step) noexcept { words_[step >> 6U] |= bit(step); }
  constexpr void clear(step_no step) noexcept { words_[step >> 6U] &= ~bit(step); }
  constexpr bool test(step_no step) const noexcept { return (words_[step >> 6U] & bit(step)) != 0; }

  constexpr bool none() const noexcept { return (words_[0] | words_[1] | words_[2] | words_[3]) == 0; }
  constexpr bool any() const noexcept { return !none(); }
  constexpr std::size_t count() const noexcept {
    std::size_t sum = 0;
    for (auto word : words_) sum += static_cast<std::size_t>(std::popcount(word));
    return sum;
  }
  constexpr bool contains(const step_set& other) const noexcept { return (other.and_not(*this)).none(); }

  /// What is here and not in `other`.
  constexpr step_set and_not(const step_set& other) const noexcept {
    step_set result;
    for (std::size_t word = 0; word < words_.size(); ++word) result.words_[word] = words_[word] & ~other.words_[word];
    return result;
  }
  friend constexpr step_set operator|(step_set left, const step_set& right) noexcept { return left |= right; }
  friend constexpr step_set operator&(step_set left, const step_set& right) noexcept { return left &= right; }
  constexpr step_set& operator|=(const step_set& other) noexcept {
    for (std::size_t word = 0; word < words_.size(); ++word) words_[word] |= other.words_[word];
    return *this;
  }
  constexpr step_set& operator&=(const step_set& other) noexcept {
    for (std::size_t word = 0; word < words_.size(); ++word) words_[word] &= other.words_[word];
    return *this;
  }
  friend constexpr bool operator==(const step_set&, const step_set&) noexcept = default;

  /// Calls `visit(step_no)` for each member, lowest first.
  template <typename Visit>
  constexpr void for_each(Visit&& visit) const {
    for (std::size_t word = 0; word < words_.size(); ++word) {
      for (auto rest = words_[word]; rest != 0; rest &= rest - 1) {
        visit(static_cast<step_no>(word * 64 + static_cast<std::size_t>(std::countr_zero(rest))));
      }
    }
  }

 private:
  static constexpr std::uint64_t bit(step_no step) noexcept { return std::uint64_t{1} << (step & 63U); }
  std::array<std::uint64_t, 4> words_{};
};

}  // namespace sagad

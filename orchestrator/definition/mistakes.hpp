#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "definition/load.hpp"
#include "definition/node.hpp"

namespace sagad::definition {

/// Whose text is read: what an author writes now, or what was accepted once, perhaps by an older version.
enum class text_source : std::uint8_t { author, journal };

/// Collects what is wrong with a definition, so that its author is told all of it at once.
class mistake_list {
 public:
  static constexpr std::size_t kept_max = 100;  ///< what comes after these is not kept

  explicit mistake_list(text_source source = text_source::author) : source_(source) {}

  text_source source() const noexcept { return source_; }

  /// What cannot be understood, whoever wrote it. `text`, or what makes it: called only where it is kept, as looking
  /// for what was meant costs.
  template <typename Text>
  void add(place where, Text&& text) {
    if (full()) return;
    if constexpr (std::is_invocable_v<Text&>) {
      found_.push_back({where.line, where.column, text()});
    } else {
      found_.push_back({where.line, where.column, std::forward<Text>(text)});
    }
  }

  /// What is understood, and yet not taken from an author: limits, and what would serve nobody. A definition of the
  /// journal keeps its meaning, so nothing is added then; every rule that is made later belongs here. Returns whether
  /// it was added.
  template <typename Text>
  bool forbid(place where, Text&& text) {
    if (source_ == text_source::journal) return false;
    add(where, std::forward<Text>(text));
    return true;
  }

  /// Nothing more is kept: whoever looks for mistakes only may stop.
  bool full() const noexcept { return found_.size() >= kept_max; }

  bool empty() const noexcept { return found_.empty(); }
  std::size_t size() const noexcept { return found_.size(); }

  /// In the order of the text.
  std::vector<mistake> take() {
    std::stable_sort(found_.begin(), found_.end(), [](const mistake& left, const mistake& right) {
      return std::pair(left.line, left.column) < std::pair(right.line, right.column);
    });
    return std::move(found_);
  }

 private:
  text_source source_;
  std::vector<mistake> found_;
};

/// Readers count bytes; who looks for a column counts characters.
std::vector<mistake> in_characters(std::vector<mistake> mistakes, std::string_view text);

}  // namespace sagad::definition

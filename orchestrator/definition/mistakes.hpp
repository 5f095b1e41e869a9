#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "definition/load.hpp"
#include "definition/node.hpp"

namespace sagad::definition {

/// Collects what is wrong with a definition, so that its author is told all of it at once.
class mistake_list {
 public:
  static constexpr std::size_t kept_max = 100;  ///< what comes after these is not kept

  void add(place where, std::string text) {
    if (found_.size() < kept_max) found_.push_back({where.line, where.column, std::move(text)});
  }

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
  std::vector<mistake> found_;
};

}  // namespace sagad::definition

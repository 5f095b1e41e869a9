#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace sagad::sagactl {

/// Rows of cells under a heading, each column as wide as its widest cell; on a terminal the last one is broken into
/// lines where it would not fit. Text is UTF-8.
class table {
 public:
  explicit table(std::vector<std::string> heading) { rows_.push_back(std::move(heading)); }

  /// As many cells as the heading has.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const noexcept { return rows_.size() == 1; }
  void print(std::ostream& out, std::size_t indent = 0) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace sagad::sagactl

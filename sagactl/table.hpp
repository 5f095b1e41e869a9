#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace sagad::sagactl {

/// Rows of cells under a heading, each column as wide as its widest cell. On a terminal that is too narrow for that,
/// the last column is broken into lines; where that is not enough, columns are left out, as `leave_out_first` says, and
/// named below the table; and where that is not enough either, each cell has a line of its own. Text is UTF-8.
class table {
 public:
  explicit table(std::vector<std::string> heading) { rows_.push_back(std::move(heading)); }

  /// The columns, by their headings, that may be left out on a narrow terminal, in this order. None without.
  void leave_out_first(std::vector<std::string> headings) { left_out_first_ = std::move(headings); }

  /// As many cells as the heading has.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const noexcept { return rows_.size() == 1; }
  void print(std::ostream& out, std::size_t indent = 0) const;

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::string> left_out_first_;
};

}  // namespace sagad::sagactl

#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sagad::api {

/// The results of a batch's items: told in any order, joined in theirs, some at a time, so that ten thousand of them
/// hold up nobody. A value.
class result_list {
 public:
  std::size_t size() const noexcept { return told_.size(); }
  /// Room for the next item's result.
  void grow() { told_.emplace_back(); }
  /// The result of an item, JSON; once.
  void tell(std::size_t number, std::string result);

  /// Joins up to `most` further results, as far as all before them are told. Whether all there are are joined.
  bool join(std::size_t most);
  std::size_t joined() const noexcept { return joined_; }
  /// The JSON array; all are joined. Once.
  std::string take();

 private:
  /// Of what becomes joined with each that is told: what waited for a slow one before it is caught up with.
  static constexpr std::size_t joined_with_each = 2;

  std::vector<std::string> told_;  ///< empty: not yet, or joined already
  std::size_t joined_ = 0;
  std::string text_ = "[";
};

}  // namespace sagad::api

#include "sagactl/line_diff.hpp"

#include <algorithm>
#include <cstdint>

namespace sagad::sagactl {
namespace {

// The table below has as many cells as the product of both; more lines than these are told as two blocks.
constexpr std::size_t lines_compared_max = 2'000;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

std::vector<std::string> line_diff(std::string_view first, std::string_view second) {
  const auto left = lines_of(first);
  const auto right = lines_of(second);
  std::vector<std::string> out;
  const auto add = [&](const char* mark, std::string_view line) { out.push_back(mark + std::string(line)); };
  const bool compared = left.size() <= lines_compared_max && right.size() <= lines_compared_max;
  // common[i][j]: the longest common subsequence of what follows i and j.
  const std::size_t width = right.size() + 1;
  std::vector<std::uint16_t> common(compared ? (left.size() + 1) * width : 0);
  for (std::size_t i = compared ? left.size() : 0; i-- > 0;) {
    for (std::size_t j = right.size(); j-- > 0;) {
      common[i * width + j] = left[i] == right[j] ? static_cast<std::uint16_t>(common[(i + 1) * width + j + 1] + 1)
                                                  : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  std::size_t i = 0;
  std::size_t j = 0;
  while (compared && i < left.size() && j < right.size()) {
    if (left[i] == right[j]) {
      add("  ", left[i++]);
      ++j;
    } else if (common[(i + 1) * width + j] >= common[i * width + j + 1]) {
      add("- ", left[i++]);
    } else {
      add("+ ", right[j++]);
    }
  }
  while (i < left.size()) add("- ", left[i++]);
  while (j < right.size()) add("+ ", right[j++]);
  return out;
}

}  // namespace sagad::sagactl

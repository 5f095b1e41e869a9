#include "config/nearest.hpp"

#include <algorithm>
#include <numeric>

namespace sagad::config {
namespace {

std::size_t edits_between(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < right.size(); ++j) {
      const std::size_t changed = diagonal + (left[i] == right[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string hint(std::string_view word, const std::vector<std::string>& known) {
  constexpr std::size_t word_bytes_max = 64;
  const std::string* best = nullptr;
  std::size_t fewest = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const auto& candidate : known) {
    if (word.size() > word_bytes_max) break;
    const auto edits = edits_between(word, candidate);
    if (edits < fewest && edits < candidate.size()) {
      best = &candidate;
      fewest = edits;
    }
  }
  if (best != nullptr) return ": did you mean `" + *best + "`?";
  std::string text;
  for (const auto& candidate : known) text += (text.empty() ? ": known are `" : "`, `") + candidate;
  return text + "`";
}

}  // namespace sagad::config

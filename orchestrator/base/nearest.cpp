#include "base/nearest.hpp"

#include <algorithm>
#include <vector>

#include "base/ascii.hpp"

namespace sagad {
namespace {

std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> two_above(right.size() + 1);
  std::vector<std::size_t> above(right.size() + 1);
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t column = 0; column <= right.size(); ++column) row[column] = column;
  for (std::size_t at = 1; at <= left.size(); ++at) {
    std::swap(two_above, above);
    std::swap(above, row);
    row[0] = at;
    for (std::size_t column = 1; column <= right.size(); ++column) {
      const std::size_t changed = above[column - 1] + (left[at - 1] == right[column - 1] ? 0U : 1U);
      row[column] = std::min({changed, above[column] + 1, row[column - 1] + 1});
      const bool swapped =
          at > 1 && column > 1 && left[at - 1] == right[column - 2] && left[at - 2] == right[column - 1];
      if (swapped) row[column] = std::min(row[column], two_above[column - 2] + 1);
    }
  }
  return row[right.size()];
}

bool same_letter(char left, char right) noexcept {
  return left == right || (is_letter(left) && is_letter(right) && (left | 0x20) == (right | 0x20));
}

// The word itself in other letters' sizes, or else the only one of which it is the beginning.
std::string_view same_or_longer(std::string_view word, std::span<const std::string_view> known) {
  constexpr std::size_t beginning_bytes_least = 3;
  std::string_view longer;
  std::size_t begun = 0;
  for (const auto candidate : known) {
    if (candidate.size() < word.size()) continue;
    if (!std::equal(word.begin(), word.end(), candidate.begin(), same_letter)) continue;
    if (candidate.size() == word.size()) return candidate;
    longer = candidate;
    ++begun;
  }
  return begun == 1 && word.size() >= beginning_bytes_least ? longer : std::string_view();
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  constexpr std::size_t word_bytes_max = 64;
  constexpr std::size_t compared_max = 256;
  if (word.empty() || word.size() > word_bytes_max) return {};
  std::string_view best;
  // Fewer changes than letters: one letter is not meant for any other.
  std::size_t best_distance = std::min(std::max<std::size_t>(1, word.size() / 3) + 1, word.size());
  std::size_t compared = 0;
  for (const auto candidate : known) {
    const std::size_t longer = std::max(candidate.size(), word.size());
    const bool too_far = longer - std::min(candidate.size(), word.size()) >= best_distance;
    if (candidate.size() > word_bytes_max || too_far) continue;
    if (++compared > compared_max) break;
    const std::size_t far = distance(word, candidate);
    if (far < best_distance) {
      best = candidate;
      best_distance = far;
    }
  }
  return best;
}

std::string meant(std::string_view word, std::span<const std::string_view> known) {
  const auto near = nearest(word, known);
  return near.empty() ? std::string() : ": did you mean `" + std::string(near) + "`?";
}

std::string hint(std::string_view word, std::span<const std::string_view> known) {
  auto meant = same_or_longer(word, known);
  if (meant.empty()) meant = nearest(word, known);
  if (!meant.empty()) return ": did you mean `" + std::string(meant) + "`?";
  if (known.empty()) return ": there is none";
  constexpr std::size_t listed_max = 16;
  std::string text = "; known are ";
  for (std::size_t at = 0; at < known.size() && at < listed_max; ++at) {
    text += (at == 0 ? "`" : ", `") + std::string(known[at]) + "`";
  }
  return known.size() > listed_max ? text + ", ..." : text;
}

}  // namespace sagad

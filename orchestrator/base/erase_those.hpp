#pragma once

#include <algorithm>
#include <cstddef>

namespace sagad {

/// std::erase_if for the sequences of Boost.
template <typename Sequence, typename Matches>
std::size_t erase_those(Sequence& from, Matches matches) {
  const auto kept = std::remove_if(from.begin(), from.end(), matches);
  const auto count = static_cast<std::size_t>(from.end() - kept);
  from.erase(kept, from.end());
  return count;
}

}  // namespace sagad

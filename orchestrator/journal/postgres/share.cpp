#include "journal/postgres/share.hpp"

#include <algorithm>

namespace sagad::journal::postgres {

std::size_t share_of(const std::string& name, std::vector<sharer> nodes, std::size_t total) {
  // Not by how many more: that changes with each one that moves, and so would the share.
  const auto smaller = nodes.empty() ? 0 : total / nodes.size();
  std::sort(nodes.begin(), nodes.end(), [smaller](const sharer& left, const sharer& right) {
    const bool left_first = left.owns > smaller;
    const bool right_first = right.owns > smaller;
    return left_first != right_first ? left_first : left.name < right.name;
  });
  const auto found = std::find_if(nodes.begin(), nodes.end(), [&name](const sharer& one) { return one.name == name; });
  if (found == nodes.end()) return 0;
  const auto before = static_cast<std::size_t>(found - nodes.begin());
  return smaller + (before < total % nodes.size() ? 1 : 0);
}

}  // namespace sagad::journal::postgres

#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sagad::journal::postgres {

/// A node that takes part in the sharing, and how many partitions it owns.
struct sharer {
  std::string name;
  std::size_t owns = 0;
};

/// How many of `total` partitions a node should own. All who see the same come to the same, without talking: shares
/// differ by at most one, and the larger ones go to those who own so many already, so that no partition moves without
/// need. 0: it is not among them.
std::size_t share_of(const std::string& name, std::vector<sharer> nodes, std::size_t total);

}  // namespace sagad::journal::postgres

#pragma once

#include <string>
#include <vector>

#include "sagactl/json_view.hpp"

namespace sagad::sagactl {

/// One thing in which two definitions differ.
struct difference {
  std::string step;  ///< empty: of the saga itself
  std::string key;   ///< `action.timeout`; empty: the whole step
  std::string was;   ///< JSON; empty: there was none
  std::string is;    ///< JSON; empty: there is none any more
};

/// Compares two definitions with every default filled in, step by step and key by key, the saga's own keys first.
std::vector<difference> definition_diff(json_view was, json_view is);

}  // namespace sagad::sagactl

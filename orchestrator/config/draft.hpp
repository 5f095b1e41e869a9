#pragma once

#include <map>
#include <string>

#include "config/mistakes.hpp"
#include "config/settings.hpp"

namespace sagad::config {

/// The configuration while it is read: what is known so far, and where it was said.
struct draft {
  settings wanted;
  std::map<std::string, origin, std::less<>>
      origins;  ///< by key (`limits.wait_max`); what is left at its default is not in it
  mistakes found;
};

}  // namespace sagad::config

#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tests/simulation/world.hpp"

namespace sagad::simulation {

/// A failure of the test, unless `what` throws a violation whose text begins with the complaint.
inline void expect_violation(const std::string& complaint, const std::function<void()>& what) {
  try {
    what();
  } catch (const violation& found) {
    EXPECT_EQ(std::string(found.what()).substr(0, complaint.size()), complaint);
    return;
  }
  ADD_FAILURE() << "nothing is said of it, and ought to be: " << complaint;
}

}  // namespace sagad::simulation

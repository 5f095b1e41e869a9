#include "conformance_case.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>

namespace sagad::definition::expression {
namespace {

// Each case either comes out as CEL says, or is among those that are left out with their reason; and none of these
// would come out.
TEST(cel_conformance, holds_for_every_case_that_is_not_left_out) {
  const char* suites = std::getenv("CONFORMANCE_DIR");
  ASSERT_NE(suites, nullptr) << "CONFORMANCE_DIR names the folder of the suites";
  std::set<std::string> left_out;
  for (const auto& one : test::read_left_out()) {
    EXPECT_FALSE(one.reason.empty()) << one.id << " is left out without a reason";
    EXPECT_TRUE(left_out.insert(one.id).second) << one.id << " is left out twice";
  }
  std::size_t held = 0;
  std::set<std::string> known;
  for (const auto& one : test::read_cases(std::filesystem::path(suites) / "cel")) {
    EXPECT_TRUE(known.insert(one.id).second) << "there are two cases " << one.id;
    const auto wrong = test::run_case(one);
    if (left_out.count(one.id) == 1) {
      EXPECT_NE(wrong, "") << one.id << " is left out and would pass: " << one.text("expr");
    } else {
      EXPECT_EQ(wrong, "") << one.id << ": " << one.text("expr");
      ++held;
    }
  }
  for (const auto& id : left_out) EXPECT_EQ(known.count(id), 1U) << id << " is left out and is no case";
  EXPECT_GT(held, 500U);
}

}  // namespace
}  // namespace sagad::definition::expression

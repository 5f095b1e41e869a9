#include "base/problem.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace {

using sagad::http_status;
using sagad::name;
using sagad::problem_code;

constexpr int codes = static_cast<int>(problem_code::draining) + 1;

TEST(problem, has_a_name_of_its_own_in_lower_case_with_dashes) {
  std::set<std::string> names;
  for (int code = 0; code < codes; ++code) {
    const std::string text(name(static_cast<problem_code>(code)));
    EXPECT_FALSE(text.empty());
    EXPECT_EQ(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string::npos) << text;
    names.insert(text);
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(codes));
}

TEST(problem, has_the_status_that_clients_react_to) {
  EXPECT_EQ(http_status(problem_code::malformed), 400);
  EXPECT_EQ(http_status(problem_code::unauthorized), 401);
  EXPECT_EQ(http_status(problem_code::not_found), 404);
  EXPECT_EQ(http_status(problem_code::key_reused), 409);
  EXPECT_EQ(http_status(problem_code::in_flight), 409);
  EXPECT_EQ(http_status(problem_code::no_longer_awaited), 410);
  EXPECT_EQ(http_status(problem_code::body_too_large), 413);
  EXPECT_EQ(http_status(problem_code::invalid_input), 422);
  EXPECT_EQ(http_status(problem_code::too_many_requests), 429);
  EXPECT_EQ(http_status(problem_code::internal), 500);
  EXPECT_EQ(http_status(problem_code::durability_unknown), 503);
  EXPECT_EQ(http_status(problem_code::draining), 503);
}

TEST(problem, has_a_title_in_words) {
  EXPECT_EQ(title(problem_code::too_many_requests), "too many requests");
  EXPECT_EQ(title(problem_code::internal), "internal");
}

}  // namespace

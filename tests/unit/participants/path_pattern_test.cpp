#include "participants/sdk/path_pattern.hpp"

namespace sagad::participants {
namespace {

TEST(path_pattern, fits_segment_by_segment) {
  EXPECT_TRUE(fit_path("/v1/holds", "/v1/holds"));
  EXPECT_FALSE(fit_path("/v1/holds", "/v1/holds/release"));
  EXPECT_FALSE(fit_path("/v1/holds/release", "/v1/holds"));
  EXPECT_FALSE(fit_path("/v1/holds", "/v1/hold"));
}

TEST(path_pattern, names_take_one_decoded_segment) {
  const auto values = fit_path("/v1/items/{item}/rate", "/v1/items/a%2Fb%20c/rate");
  ASSERT_TRUE(values);
  EXPECT_EQ(values->at("item"), "a/b c");
  EXPECT_FALSE(fit_path("/v1/items/{item}/rate", "/v1/items/a/b/rate"));
  EXPECT_FALSE(fit_path("/v1/items/{item}/rate", "/v1/items//rate"));
}

TEST(path_pattern, bad_percent_signs_fit_nothing) {
  for (const char* path : {"/x/%", "/x/%4", "/x/%zz"}) EXPECT_FALSE(fit_path("/x/{y}", path)) << path;
}

TEST(query_value, is_found_by_its_whole_name) {
  EXPECT_EQ(query_value("after=5&limit=10", "limit"), "10");
  EXPECT_EQ(query_value("thereafter=5", "after"), std::nullopt);
  EXPECT_EQ(query_value("after", "after"), "");
  EXPECT_EQ(query_value("", "after"), std::nullopt);
  EXPECT_EQ(query_value("a=x%2Fy", "a"), "x/y");
}

}  // namespace
}  // namespace sagad::participants

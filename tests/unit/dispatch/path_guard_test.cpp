#include "dispatch/path_guard.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sagad::dispatch {
namespace {

bool within(std::string_view target, const std::vector<std::string>& prefixes) {
  return is_within(target, prefixes);
}

TEST(path_guard, lets_pass_what_is_below_a_prefix) {
  EXPECT_TRUE(within("/v1/holds", {"/v1"}));
  EXPECT_TRUE(within("/v1", {"/v1"}));
  EXPECT_TRUE(within("/v1/", {"/v1/"}));
  EXPECT_TRUE(within("/v1?a=../..", {"/v1"}));
  EXPECT_TRUE(within("/b/x", {"/a", "/b"}));
  EXPECT_TRUE(within("/anything", {"/"}));
  EXPECT_TRUE(within("/", {"/"}));
  EXPECT_TRUE(within("/v1/%C3%A9%2Fx...", {"/v1"}));
}

TEST(path_guard, refuses_what_is_beside_it) {
  EXPECT_FALSE(within("/v10", {"/v1"}));
  EXPECT_FALSE(within("/v2/x", {"/v1"}));
  EXPECT_FALSE(within("/V1/x", {"/v1"}));
  EXPECT_FALSE(within("/v1/x", {}));
}

TEST(path_guard, refuses_to_climb_however_it_is_written) {
  for (auto const* const target :
       {"/v1/../admin", "/v1/..", "/v1/./x", "/v1/%2e%2e/admin", "/v1/%2E./admin", "/v1/..%2fadmin",
        "/v1/x%2f..%2fadmin", "/v1/..%5cadmin", "/v1/..\\admin", "/v1/x\\y"}) {
    EXPECT_FALSE(within(target, {"/v1", "/"})) << target;
  }
}

TEST(path_guard, refuses_what_is_no_path_or_would_end_the_request_line) {
  for (auto const* const target : {"", "v1", "http://other/v1", "*", "/v1 HTTP/1.1\r\nX: y", "/v1/a b", "/v1/a\tb",
                                   "/v1/\x7f", "/v1/\xc3\xa9", "/v1#x", "/v1/%", "/v1/%4", "/v1/%zz"}) {
    EXPECT_FALSE(within(target, {"/"})) << target;
  }
}

}  // namespace
}  // namespace sagad::dispatch

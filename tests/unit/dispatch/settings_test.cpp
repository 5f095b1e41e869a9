#include "dispatch/settings.hpp"

#include <gmock/gmock.h>

namespace sagad::dispatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

participant_settings good() {
  participant_settings one;
  one.name = "escrow";
  one.endpoints = {"http://127.0.0.1:8101", "http://[::1]:8101", "http://escrow.internal"};
  one.credentials = "Authorization: Bearer secret\r\n";
  return one;
}

TEST(participant_settings, good_ones_have_no_mistakes) {
  EXPECT_THAT(mistakes_in(good()), IsEmpty());
}

TEST(participant_settings, each_mistake_is_told_with_the_name) {
  auto one = good();
  one.endpoints = {"https://a", "http://a/path", "http://a:0"};
  one.path_prefixes = {"v1"};
  one.max_in_flight = 0;
  auto const found = mistakes_in(one);
  ASSERT_EQ(found.size(), 5U);
  EXPECT_THAT(found, testing::Each(HasSubstr("participant escrow: ")));
}

TEST(participant_settings, nothing_to_call_is_a_mistake) {
  auto one = good();
  one.endpoints.clear();
  one.path_prefixes.clear();
  EXPECT_THAT(mistakes_in(one), ElementsAre(HasSubstr("no endpoint"), HasSubstr("no path prefix")));
  one = good();
  one.endpoints.assign(endpoints_max + 1, "http://a");
  EXPECT_THAT(mistakes_in(one), ElementsAre(HasSubstr("more than 32")));
}

TEST(participant_settings, credentials_are_header_lines_and_never_shown) {
  for (auto const* const text : {"secret", "Authorization: secret", "Authorization: secret\n", ": secret\r\n",
                                 "A: secret\r\n\r\nGET /", "A: sec\nret\r\n"}) {
    auto one = good();
    one.credentials = text;
    EXPECT_THAT(mistakes_in(one), ElementsAre(Not(HasSubstr("secret")))) << text;
  }
}

}  // namespace
}  // namespace sagad::dispatch

#include "api/target.hpp"

#include <gmock/gmock.h>

namespace sagad::api {
namespace {

using testing::HasSubstr;

std::string wrong_with(std::string_view text, std::initializer_list<std::string_view> known) {
  const auto wrong = target::parse(text)->has_others_than(known);
  return wrong ? wrong->detail : "";
}

TEST(target, takes_the_parameters_that_are_known) {
  EXPECT_EQ(wrong_with("/v1/sagas", {}), "");
  EXPECT_EQ(wrong_with("/v1/sagas?wait=10s&key=a", {"key", "wait"}), "");
}

TEST(target, suggests_what_a_misspelt_parameter_was_meant_to_be) {
  EXPECT_EQ(wrong_with("/v1/sagas?kye=a", {"key", "wait"}),
            "the parameter `kye` is not known here: did you mean `key`?");
  EXPECT_THAT(wrong_with("/v1/sagas?colour=red", {"key", "wait"}), HasSubstr("known are `key`, `wait`"));
  EXPECT_THAT(wrong_with("/v1/sagas?colour=red", {}), HasSubstr("takes no parameters"));
}

TEST(target, refuses_a_parameter_that_is_given_twice) {
  EXPECT_EQ(wrong_with("/v1/sagas?wait=1s&key=a&wait=2s", {"key", "wait"}), "`wait` is given twice: give it once");
}

}  // namespace
}  // namespace sagad::api

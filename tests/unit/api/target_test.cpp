#include "api/target.hpp"

#include <gmock/gmock.h>

#include "api/routes.hpp"

namespace sagad::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string wrong_with(std::string_view text, std::initializer_list<std::string_view> known) {
  const auto wrong = target::parse(text)->has_others_than({std::data(known), known.size()});
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

TEST(target, is_taken_apart_and_decoded) {
  const auto parts = target::parse("/v1/a%2Fb/+?x=1+%2B&%C3%A9=&y");
  ASSERT_TRUE(parts);
  EXPECT_THAT(parts->path, ElementsAre("v1", "a/b", "+"));
  EXPECT_THAT(parts->query, ElementsAre(Pair("x", "1 +"), Pair("é", ""), Pair("y", "")));
}

TEST(target, that_is_no_path_or_has_a_broken_escape_is_refused) {
  for (const auto* text : {"", "*", "v1/sagas", "http://h/v1", "/v1/%", "/v1/%4", "/v1/%g0", "/v1?%4g=1", "/v1?x=%"}) {
    EXPECT_FALSE(target::parse(text)) << text;
  }
}

TEST(wrong_parameters, are_what_the_method_of_a_route_does_not_take) {
  const auto wrong = [](std::string_view method, std::string_view text) {
    const auto found = wrong_parameters(method, *target::parse(text));
    return found ? found->detail : "";
  };
  EXPECT_EQ(wrong("PUT", "/v1/definitions/sale?dry_run"), "");
  EXPECT_THAT(wrong("GET", "/v1/definitions/sale?dry_run"), HasSubstr("takes no parameters"));
  EXPECT_THAT(wrong("POST", "/v1/sagas?wiat=1s"), HasSubstr("did you mean `wait`?"));
  EXPECT_EQ(wrong("GET", "/v1/sagas?wiat=1s"), "") << "read by itself";
  EXPECT_EQ(wrong("ET", "/v1/views?x=1"), "") << "no method of it: 405 is told";
  EXPECT_EQ(wrong("GET", "/v1/nothing?x=1"), "") << "no route: 404 is told";
}

TEST(path_meant, is_the_route_that_a_path_without_one_is_nearly) {
  const auto meant = [](std::string_view path) { return path_meant(*target::parse(path)); };
  EXPECT_EQ(meant("/v1/saga"), "/v1/sagas");
  EXPECT_EQ(meant("/v2/sagas"), "/v1/sagas");
  EXPECT_EQ(meant("/sagas"), "/v1/sagas");
  EXPECT_EQ(meant("/sagas/01KB"), "/v1/sagas/01KB");
  EXPECT_EQ(meant("/v1/sagas/01KB/event"), "/v1/sagas/01KB/events");
  EXPECT_EQ(meant("/v1/sagas/01KB/retry"), "/v1/sagas/01KB/commands/retry");
  EXPECT_EQ(meant("/v1/sagas/01KB/command/retry"), "/v1/sagas/01KB/commands/retry");
  EXPECT_EQ(meant("/v1/definition/sale"), "/v1/definitions/sale");
  EXPECT_EQ(meant("/v1/health"), "");
  EXPECT_EQ(meant("/health"), "/healthz");
  EXPECT_EQ(meant("/"), "");
  EXPECT_EQ(meant("/v2/saga"), "") << "two are wrong: nobody knows";
}

// What an answer says of a request may hold any part of its target, and answers are JSON.
TEST(target, that_encodes_no_utf8_is_refused) {
  for (const auto* text : {"/v1/sagas/%C3", "/v1/sagas?%FF=1", "/v1/sagas?key=%ED%A0%80", "/v1/\xFF", "/v1?x=\xC3"}) {
    EXPECT_FALSE(target::parse(text)) << text;
  }
  EXPECT_TRUE(target::parse("/v1/sagas/%C3%A9?\xC3\xA9=%F0%9F%98%80"));
}

}  // namespace
}  // namespace sagad::api

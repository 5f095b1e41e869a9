#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.hpp"

namespace sagad::definition {
namespace {

using testing::HasSubstr;

std::string target_of(const std::string& written, const std::string& input) {
  const auto loaded = test::loaded_or_throw(
      "steps: [{step: a, participant: rate, compensation: none, action: {post: '" + written + "'}}]");
  return test::rendered(loaded->steps[0].action.target, *loaded, input);
}

TEST(target, puts_a_value_into_one_segment) {
  EXPECT_EQ(target_of("/v1/items/${input.x}/holds", R"({"x":"sword"})"), "/v1/items/sword/holds");
  EXPECT_EQ(target_of("/v1/${input.x}", R"({"x":"../../admin"})"), "/v1/..%2F..%2Fadmin");
  EXPECT_EQ(target_of("/v1/${input.x}", R"({"x":"a/b?c#d&e=f %41\u00e9\ud83d\ude00\"\\"})"),
            "/v1/a%2Fb%3Fc%23d%26e%3Df%20%2541%C3%A9%F0%9F%98%80%22%5C");
  EXPECT_EQ(target_of("/v1/${input.x}", R"({"x":"-._~aZ9"})"), "/v1/-._~aZ9");
}

TEST(target, takes_numbers_and_booleans_as_written) {
  EXPECT_EQ(target_of("/v1/${input.x}/${input.y}/${input.z}", R"({"x":1.50,"y":true,"z":-7})"), "/v1/1.50/true/-7");
  EXPECT_EQ(target_of("/v1/${input.x}", R"({"x":1e+5})"), "/v1/1e%2B5");
  EXPECT_EQ(target_of("/v1/${input.x * 2}", R"({"x":21})"), "/v1/42");
  EXPECT_EQ(target_of("/v1/${input.x + \"/\"}", R"({"x":"a"})"), "/v1/a%2F");
}

TEST(target, refuses_segments_that_lead_elsewhere) {
  for (const auto* value : {R"({"x":"."})", R"({"x":".."})", R"({"x":"\u002e\u002E"})"}) {
    EXPECT_THAT(target_of("/v1/${input.x}/a", value), HasSubstr("fault: a segment of the path is `.")) << value;
    EXPECT_THAT(target_of("/v1/${input.x}", value), HasSubstr("fault: a segment of the path is `.")) << value;
  }
  EXPECT_EQ(target_of("/v1/${input.x}", R"({"x":""})"), "fault: a segment of the path is empty");
  EXPECT_THAT(target_of("/v1/.${input.x}", R"({"x":"."})"), HasSubstr("fault: a segment of the path is `..`"));
  EXPECT_THAT(target_of("/v1/${input.x}${input.y}?q", R"({"x":".","y":""})"),
              HasSubstr("fault: a segment of the path is `.`"));
  EXPECT_EQ(target_of("/v1/a${input.x}", R"({"x":".."})"), "/v1/a..");
  EXPECT_EQ(target_of("/v1/${input.x}", R"({"x":"..."})"), "/v1/...");
}

TEST(target, takes_anything_as_a_query_value) {
  EXPECT_EQ(target_of("/v1/a?x=${input.x}&y=${input.y}", R"({"x":"..","y":""})"), "/v1/a?x=..&y=");
  EXPECT_EQ(target_of("/v1/a?x=${input.x}", R"({"x":"a&b=c d+e"})"), "/v1/a?x=a%26b%3Dc%20d%2Be");
  EXPECT_EQ(target_of("/v1/a?p=/b/../c?d&x=${input.x}", R"({"x":"/"})"), "/v1/a?p=/b/../c?d&x=%2F");
}

TEST(target, refuses_what_no_path_can_hold) {
  EXPECT_THAT(target_of("/v1/${input.x}", R"({"x":"a\r\nHost: b"})"), HasSubstr("has a control character"));
  EXPECT_THAT(target_of("/v1/${input.x}", R"({"x":"a\u0000"})"), HasSubstr("has a control character"));
  EXPECT_THAT(target_of("/v1/${input.x}", R"({"x":{"a":1}})"), HasSubstr("is an object"));
  EXPECT_THAT(target_of("/v1/${input.x}", R"({"x":[1]})"), HasSubstr("is a list"));
  EXPECT_THAT(target_of("/v1/${input.x}", R"({"x":null})"), HasSubstr("is null"));
  EXPECT_EQ(target_of("/v1/${input.x}", "{}"), "fault: `input.x` is absent");
}

TEST(target, keeps_a_slash_at_its_end_and_escapes_as_written) {
  EXPECT_EQ(target_of("/v1/a/", "{}"), "/v1/a/");
  EXPECT_EQ(target_of("/", "{}"), "/");
  EXPECT_EQ(target_of("/v1/a%20b/(c);d=e,f", "{}"), "/v1/a%20b/(c);d=e,f");
}

std::string told(const std::string& path, std::vector<std::string> prefixes) {
  surroundings around;
  around.participants = {{"escrow", std::move(prefixes)}};
  return test::mistakes_of(
      "steps: [{step: a, participant: escrow, compensation: none, action: {post: '" + path + "'}}]", around);
}

TEST(target, lies_below_a_prefix_segment_by_segment) {
  EXPECT_EQ(told("/v1", {"/v1"}), "nothing");
  EXPECT_EQ(told("/v1/a", {"/v1"}), "nothing");
  EXPECT_EQ(told("/v1/a?b", {"/v1/"}), "nothing");
  EXPECT_EQ(told("/v1?b", {"/v1/"}), "nothing");
  EXPECT_EQ(told("/anything", {"/"}), "nothing");
  EXPECT_EQ(told("/b/a", {"/a", "/b"}), "nothing");
  EXPECT_EQ(told("/v1/${input.x}/y", {"/v1"}), "nothing");
  EXPECT_THAT(told("/v12", {"/v1"}), HasSubstr("outside the paths"));
  EXPECT_THAT(told("/v", {"/v1"}), HasSubstr("outside the paths"));
  EXPECT_THAT(told("/v1", {"/v1/a"}), HasSubstr("outside the paths"));
  EXPECT_THAT(told("/v1/${input.x}", {"/v1/items"}), HasSubstr("outside the paths"));
  EXPECT_THAT(told("/v1${input.x}/a", {"/v1"}), HasSubstr("outside the paths"));
  EXPECT_THAT(told("/?/v1", {"/v1"}), HasSubstr("outside the paths"));
}

}  // namespace
}  // namespace sagad::definition

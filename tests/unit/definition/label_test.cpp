#include "definition/label.hpp"

#include <gtest/gtest.h>

#include "support.hpp"

namespace sagad::definition {
namespace {

definition_ptr labelled(const std::string& labels, const std::string& more = {}) {
  return test::loaded_or_throw("saga: s\nlabels: " + labels + "\n" + more +
                               "steps: [{step: a, participant: escrow, action: {post: /v1/a}, compensation: none}]\n");
}

start_labels made(const definition_ptr& of, std::string_view input, std::string_view given = {}) {
  return make_labels(of->labels, input, given);
}

std::string region_of(const std::string& from, std::string_view input) {
  const auto found = made(labelled("{region: {from: '" + from + "'}}"), input);
  return found.fault ? "fault: " + *found.fault : found.json;
}

TEST(labels, are_texts_of_what_the_input_has) {
  EXPECT_EQ(region_of("${input.region}", R"({"region": "e\u00fc\"1"})"), R"({"region":"eü\"1"})");
  EXPECT_EQ(region_of("${input.region}", R"({"region": 1.50})"), R"({"region":"1.50"})");
  EXPECT_EQ(region_of("${input.region}", R"({"region": true})"), R"({"region":"true"})");
  EXPECT_EQ(region_of("${input.region}", R"({"region": ""})"), R"({"region":""})");
  EXPECT_EQ(region_of("${input.shop.region + \"-\" + string(input.shop.no)}", R"({"shop": {"region": "eu", "no": 7}})"),
            R"({"region":"eu-7"})");
}

TEST(labels, are_not_there_where_the_value_is_missing_or_null) {
  EXPECT_EQ(region_of("${input.region}", "{}"), "");
  EXPECT_EQ(region_of("${input.shop.region}", R"({"shop": 5})"), "");
  EXPECT_EQ(region_of("${input.region}", R"({"region": null})"), "");
  EXPECT_EQ(region_of("${has(input.region) ? input.region : null}", "{}"), "");
}

TEST(labels, that_cannot_be_made_say_why) {
  EXPECT_EQ(
      region_of("${input.region}", R"({"region": ["eu"]})"),
      "fault: the label `region` cannot be made: `input.region` is a list or an object, where text, a number, true "
      "or false is expected");
  EXPECT_NE(region_of("${input.a / input.b}", R"({"a": 1, "b": 0})").find("fault: the label `region`"),
            std::string::npos);
  EXPECT_NE(region_of("${input.a + input.b}", R"({"a": "eu"})").find("fault: the label `region`"), std::string::npos);
}

TEST(labels, have_at_most_256_bytes) {
  const auto input = [](std::size_t bytes) { return R"({"region":")" + std::string(bytes, 'x') + "\"}"; };
  EXPECT_EQ(region_of("${input.region}", input(256)), input(256));
  EXPECT_EQ(region_of("${input.region}", input(257)),
            "fault: the label `region` cannot be made: `input.region` has 257 bytes, and a label has at most 256");
}

TEST(labels, stand_beside_those_that_the_start_brings_along) {
  const auto of = labelled("{region: {from: '${input.region}'}, b: {from: '${input.b}'}}");
  EXPECT_EQ(made(of, R"({"b": 1, "region": "eu"})", R"({ "z" : "1", "a":"2"})").json,
            R"({"z":"1","a":"2","b":"1","region":"eu"})");
  EXPECT_EQ(made(of, "{}", R"({"z":"1"})").json, R"({"z":"1"})");
  EXPECT_EQ(made(of, "{}", "{}").json, "");
  EXPECT_EQ(made(labelled("{}"), "{}", R"({ "z": "1"})").json, R"({ "z": "1"})") << "as it came";
}

TEST(labels, that_a_definition_declares_are_nobody_elses_to_give) {
  const auto of = labelled("{region: {from: '${input.region}'}}");
  for (const auto* input : {"{}", R"({"region": "eu"})"}) {
    EXPECT_EQ(made(of, input, R"({"a": "1", "r\u0065gion": "eu"})").fault,
              "the label `region` is made by the definition: leave it out of `labels`");
  }
}

TEST(labels, take_no_room_among_what_a_saga_keeps) {
  const auto of = labelled("{region: {from: '${input.region}'}}");
  EXPECT_TRUE(of->slices.empty());
  EXPECT_TRUE(of->input_slices.empty());
}

TEST(labels, are_part_of_the_content_only_where_there_are_any) {
  EXPECT_EQ(labelled("{}")->canonical.find("labels"), std::string::npos);
  const auto of = labelled("{region: {from: '${input.region}'}, b: {from: '${input.b}', indexed: true}}");
  EXPECT_NE(of->canonical.find(R"("labels":{"b":{"from":"${input.b}","indexed":true},)"
                               R"("region":{"from":"${input.region}","indexed":false}})"),
            std::string::npos)
      << of->canonical;
  const auto stored = std::get<definition_ptr>(load_canonical(of->canonical));
  EXPECT_EQ(made(stored, R"({"b": 1, "region": "eu"})").json, R"({"b":"1","region":"eu"})");
  EXPECT_TRUE(stored->labels.labels.front().indexed);
  EXPECT_FALSE(stored->labels.labels.back().indexed);
}

}  // namespace
}  // namespace sagad::definition

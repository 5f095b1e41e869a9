#include "participants/sdk/json_reader.hpp"
#include "participants/sdk/json_writer.hpp"
#include "participants/sdk/problem.hpp"

namespace sagad::participants {
namespace {

constexpr const char* example = R"({"name": "x", "count": 1})";

std::string complaint_about(const std::string& body) {
  try {
    json_reader reader(body, example);
    reader.text("name");
    reader.integer("count");
    reader.finish();
  } catch (const bad_input& error) {
    return error.what();
  }
  return "";
}

TEST(json_reader, reads_what_is_written_as_asked) {
  json_reader reader(R"( {"count": 9223372036854775807, "name": "\u00e4 \"b\""} )", example);
  EXPECT_EQ(reader.text("name"), "\xC3\xA4 \"b\"");
  EXPECT_EQ(reader.integer("count"), std::numeric_limits<std::int64_t>::max());
  reader.finish();
}

TEST(json_reader, says_what_to_write_instead) {
  EXPECT_THAT(complaint_about(R"({"count": 1})"),
              testing::AllOf(testing::HasSubstr("\"name\" is missing"), testing::HasSubstr(example)));
}

TEST(json_reader, refuses_what_is_not_as_asked) {
  EXPECT_EQ(complaint_about(R"({"name":"a","count":1})"), "");
  for (const char* body : {"",
                           "{",
                           "[]",
                           "null",
                           "1",
                           R"({"name":"a","count":1)",
                           R"({"name":"a","count":1}})",
                           R"({"name":"a","count":1,"more":2})",
                           R"({"name":"a","count":1,"count":1})",
                           R"({"name":"","count":1})",
                           R"({"name":7,"count":1})",
                           R"({"name":"a\n","count":1})",
                           R"({"name":"a\u0000","count":1})",
                           R"({"name":"a","count":1.5})",
                           R"({"name":"a","count":"1"})",
                           R"({"name":"a","count":9223372036854775808})",
                           R"({"name":"a","count":0})",
                           "{\"name\":\"\xFF\",\"count\":1}",
                           R"({"name":"a","count":NaN})",
                           R"({"name":"a","count":1} x)"}) {
    EXPECT_NE(complaint_about(body), "") << body;
  }
  EXPECT_NE(complaint_about(R"({"name":")" + std::string(129, 'a') + R"(","count":1})"), "");
}

TEST(json_reader, takes_an_integer_by_its_value_however_it_is_written) {
  const auto read = [](const std::string& number) {
    json_reader reader("{\"n\":" + number + "}", example);
    return reader.integer("n", std::numeric_limits<std::int64_t>::min());
  };
  for (const char* one : {"1", "1.0", "1.000", "10e-1", "0.1e1", "0.01E+2", "100e-2"}) EXPECT_EQ(read(one), 1) << one;
  for (const char* zero : {"0", "-0", "0.0", "-0.00e5", "0e300", "0e-99999999999"}) EXPECT_EQ(read(zero), 0);
  EXPECT_EQ(read("-70e-1"), -7);
  EXPECT_EQ(read("1e16"), 10'000'000'000'000'000);
  EXPECT_EQ(read("9007199254740993.0"), 9'007'199'254'740'993) << "exact past what a double holds";
  EXPECT_EQ(read("9223372036854775807.0"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(read("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  for (const char* other : {"1.5", "1e-1", "9007199254740991.4", "1.00000000000000000001", "9223372036854775808.0",
                            "1e19", "1e99999999999", "1e-99999999999", "1.", "01", ".5", "1e", "+1", "-"}) {
    EXPECT_THROW(read(other), bad_input) << other;
  }
}

TEST(json_reader, survives_any_depth) {
  EXPECT_NE(complaint_about(std::string(200'000, '[')), "");
  EXPECT_NE(complaint_about(R"({"name":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}"), "");
}

TEST(json_reader, reads_one_object_or_a_list_of_them) {
  std::vector<std::int64_t> seen;
  const auto each = [&seen](json_reader& one) { seen.push_back(one.integer("n")); };
  EXPECT_EQ(json_reader::for_each(R"([{"n":1},{"n":2}])", example, each), 2U);
  EXPECT_EQ(json_reader::for_each(R"({"n":3})", example, each), 1U);
  EXPECT_THAT(seen, testing::ElementsAre(1, 2, 3));
  EXPECT_THROW(json_reader::for_each(R"([{"n":1,"m":1}])", example, each), bad_input);
  EXPECT_THROW(json_reader::for_each(R"([1])", example, each), bad_input);
}

TEST(json_writer, writes_the_same_bytes_for_the_same_calls) {
  json_writer out;
  out.open_object();
  out.text("text", "a\"b\n\xC3\xA4");
  out.text("empty", {});
  out.integer("least", std::numeric_limits<std::int64_t>::min());
  out.open_array("list");
  out.integer({}, 1);
  out.text({}, "two");
  out.close_array();
  out.boolean("yes", true);
  out.close_object();
  EXPECT_EQ(out.take(),
            "{\"text\":\"a\\\"b\\n\xC3\xA4\",\"empty\":\"\",\"least\":-9223372036854775808,"
            "\"list\":[1,\"two\"],\"yes\":true}");
}

}  // namespace
}  // namespace sagad::participants

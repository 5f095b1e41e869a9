#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "json/json.hpp"
#include "rehearsal/sample.hpp"
#include "tests/support/load_definition.hpp"
#include "tests/unit/rehearsal/random_schema.hpp"

namespace sagad::rehearsal::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

definition::definition_ptr saga_with(const std::string& schema) {
  return tests::load_definition(
      R"({"saga":"s","steps":[{"step":"a","participant":"p","action":{"post":"/a"},"compensation":"none"}],"input":)" +
      schema + "}");
}

// Nothing said of it, and the schema's own word for it.
void expect_made_up(const definition::definition_ptr& definition, const std::string& schema) {
  const auto made = make_sample(definition, std::nullopt);
  const auto& input = made.script.input;
  EXPECT_THAT(made.misfits, IsEmpty()) << schema << "\n" << input;
  ASSERT_EQ(json::check(input), std::nullopt) << schema << "\n" << input;
  EXPECT_TRUE(definition->schema.check(input).empty()) << schema << "\n" << input;
}

TEST(schema_sample, fits_schemas_at_random) {
  constexpr unsigned seeds = 3000;
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    const auto schema = random_schema(seed).root();
    SCOPED_TRACE("seed " + std::to_string(seed));
    expect_made_up(saga_with(schema), schema);
  }
}

TEST(schema_sample, fits_the_definitions_that_are_good) {
  std::size_t tried = 0;
  for (const char* folder : {"tests/data/definitions/good", "sagas"}) {
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      const auto kind = file.path().extension();
      if (kind != ".yaml" && kind != ".json") continue;
      std::ifstream in(file.path());
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      expect_made_up(tests::load_definition(text), file.path());
      ++tried;
    }
  }
  EXPECT_GT(tried, 10U);
}

std::string input_of(const std::string& schema) {
  return make_sample(saga_with(schema), std::nullopt).script.input;
}

TEST(schema_sample, is_as_plain_as_it_may_be) {
  EXPECT_EQ(input_of(R"({"type":"string","pattern":"^[A-Z]{3}$"})"), R"("ABC")");
  EXPECT_EQ(input_of(R"({"type":"string","pattern":"^order-[0-9]+$","minLength":10})"), R"("order-1234")");
  EXPECT_EQ(input_of(R"({"type":"number","minimum":0.5,"maximum":0.75})"), "0.5");
  EXPECT_EQ(input_of(R"({"type":"number","exclusiveMinimum":0.5,"exclusiveMaximum":0.75})"), "0.501");
  EXPECT_EQ(input_of(R"({"type":"integer","minimum":1e20,"multipleOf":7})"), "100000000000000000005");
  EXPECT_EQ(input_of(R"({"type":"array","minItems":3,"uniqueItems":true,"items":{"enum":["x","x",1,1.0,null]}})"),
            R"(["x",1,null])");
  EXPECT_EQ(
      input_of(R"({"type":["object","null"],"required":["next"],"properties":{"next":{"$ref":"#/$defs/a"}},)"
               R"("$defs":{"a":{"type":["object","null"],"required":["b"],"properties":{"b":{"$ref":"#/$defs/a"}}}}})"),
      R"({"next":{"b":null}})");
}

std::vector<std::string> misfits_of_made(const std::string& schema) {
  return make_sample(saga_with(schema), std::nullopt).misfits;
}

TEST(schema_sample, names_every_place_that_could_not_be_made_up) {
  EXPECT_THAT(
      misfits_of_made(R"({"type":"object","required":["a","b~/c"],"properties":{"a":{"type":"array","minItems":3,)"
                      R"("uniqueItems":true,"items":{"type":"boolean"}},"b~/c":{"type":"string","maxLength":2,)"
                      R"("pattern":"^q{3}$"}}})"),
      ElementsAre("/a/2: no item was found that differs from those before it",
                  "/b~0~1c: no text was found with at most 2 characters and the pattern `^q{3}$`"));
  EXPECT_THAT(misfits_of_made("false"), ElementsAre("/: nothing may stand there"));
  EXPECT_THAT(misfits_of_made(R"({"type":"integer","exclusiveMinimum":0,"exclusiveMaximum":1})"),
              ElementsAre("/: no number was found that is within its bounds"));
  EXPECT_THAT(misfits_of_made(R"({"$ref":"#/$defs/a","type":"string","$defs":{"a":{"type":"object"}}})"),
              ElementsAre("/: no type is allowed by all that is said of it"));
  EXPECT_THAT(misfits_of_made(R"({"type":"array","minItems":1000000,"items":{"type":"string"}})"),
              ElementsAre(HasSubstr("64 KiB")));
  EXPECT_THAT(misfits_of_made(R"({"type":"string","minLength":70000})"),
              ElementsAre("/: no text was found with at least 70000 characters"));
}

}  // namespace
}  // namespace sagad::rehearsal::testing

#include <gtest/gtest.h>

#include "support.hpp"

namespace sagad::definition {
namespace {

using test::definitions_in;
using test::read_file;

std::string test_name(const testing::TestParamInfo<std::filesystem::path>& file) {
  std::string name = file.param.stem().string() + "_" + file.param.extension().string().substr(1);
  for (char& letter : name) letter = letter == '-' ? '_' : letter;
  return name;
}

class bad_definition : public testing::TestWithParam<std::filesystem::path> {};

// Each file under bad/ has all its mistakes beside it, with line and column, as its author is told them.
TEST_P(bad_definition, is_refused_with_line_column_and_what_to_write_instead) {
  auto around = test::market();
  around.public_url = GetParam().stem() != "callback_without_public_url";
  const auto expected = std::filesystem::path(GetParam()).replace_extension(".expected");
  EXPECT_EQ(test::mistakes_of(read_file(GetParam()), around), read_file(expected));
}

INSTANTIATE_TEST_SUITE_P(files, bad_definition, testing::ValuesIn(definitions_in("tests/data/definitions/bad")),
                         test_name);

class good_definition : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(good_definition, loads_and_its_canonical_form_loads_to_the_same_content) {
  const auto first = test::loaded_or_throw(read_file(GetParam()));
  EXPECT_EQ(first->content, digest_of(first->canonical));
  const auto again = test::loaded_or_throw(first->canonical);
  EXPECT_EQ(again->canonical, first->canonical);
  const auto stored = load_canonical(first->canonical);
  ASSERT_TRUE(std::holds_alternative<definition_ptr>(stored)) << test::as_text(std::get<std::vector<mistake>>(stored));
  EXPECT_EQ(std::get<definition_ptr>(stored)->content, first->content);
}

std::string bytes(const text_template& what, slice_values values) {
  std::string out;
  const auto fault = what.render(values, 1U << 20U, out);
  return fault ? "fault: " + *fault : out;
}

std::string all_bytes(const operation& one, slice_values values) {
  return one.method + " " + bytes(one.target, values) + "\n" + bytes(one.body, values);
}

// What was stored has to render the bytes whose digest is in old records.
TEST_P(good_definition, stored_and_loaded_again_compiles_to_the_same_slices_and_bytes) {
  const auto first = test::loaded_or_throw(read_file(GetParam()));
  const auto stored = std::get<definition_ptr>(load_canonical(first->canonical));
  ASSERT_EQ(stored->slices.size(), first->slices.size());
  for (std::size_t at = 0; at < first->slices.size(); ++at) {
    EXPECT_EQ(stored->slices[at].from, first->slices[at].from);
    EXPECT_EQ(stored->slices[at].step, first->slices[at].step);
    EXPECT_EQ(stored->slices[at].path, first->slices[at].path);
  }
  EXPECT_EQ(stored->input_slices, first->input_slices);
  const std::vector<std::string_view> values(first->slices.size(), "7");
  for (std::size_t at = 0; at < first->steps.size(); ++at) {
    EXPECT_EQ(all_bytes(stored->steps[at].action, values), all_bytes(first->steps[at].action, values));
    ASSERT_EQ(stored->steps[at].compensation.has_value(), first->steps[at].compensation.has_value());
    if (first->steps[at].compensation) {
      EXPECT_EQ(all_bytes(*stored->steps[at].compensation, values), all_bytes(*first->steps[at].compensation, values));
    }
    EXPECT_EQ(stored->steps[at].action.retry, first->steps[at].action.retry);
    EXPECT_EQ(stored->steps[at].ancestors, first->steps[at].ancestors);
  }
  ASSERT_EQ(stored->output.has_value(), first->output.has_value());
  if (first->output) {
    EXPECT_EQ(bytes(*stored->output, values), bytes(*first->output, values));
  }
}

std::vector<std::filesystem::path> good_files() {
  auto files = definitions_in("tests/data/definitions/good");
  for (auto& file : definitions_in("sagas")) files.push_back(file);
  return files;
}

INSTANTIATE_TEST_SUITE_P(files, good_definition, testing::ValuesIn(good_files()), test_name);

TEST(definition_files, every_bad_one_has_its_expectation_and_every_expectation_its_file) {
  std::size_t expectations = 0;
  for (const auto& entry : std::filesystem::directory_iterator("tests/data/definitions/bad")) {
    expectations += entry.path().extension() == ".expected" ? 1U : 0U;
  }
  EXPECT_EQ(expectations, definitions_in("tests/data/definitions/bad").size());
  EXPECT_GT(expectations, 100U);
}

}  // namespace
}  // namespace sagad::definition

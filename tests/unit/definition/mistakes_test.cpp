#include "definition/mistakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "definition/template_compiler.hpp"
#include "support.hpp"

namespace sagad::definition {
namespace {

mistake_list full_list() {
  mistake_list found;
  while (!found.full()) found.add({}, "a mistake");
  return found;
}

TEST(mistakes, past_the_hundredth_are_not_worded) {
  auto found = full_list();
  EXPECT_EQ(found.size(), mistake_list::kept_max);
  int worded = 0;
  const auto word = [&worded] { return std::to_string(++worded); };
  found.add({}, word);
  found.forbid({}, word);
  EXPECT_EQ(worded, 0);
  EXPECT_EQ(found.size(), mistake_list::kept_max);
  mistake_list empty;
  empty.add({}, word);
  EXPECT_EQ(worded, 1);
  EXPECT_EQ(empty.take().front().text, "1");
}

// Each costs a comparison with all names that there are.
TEST(mistakes, past_the_hundredth_are_not_looked_for_in_expressions) {
  auto found = full_list();
  int resolved = 0;
  const expression::resolver resolve = [&resolved](const expression::reference&) {
    ++resolved;
    return std::string("reads what is not there");
  };
  const expression::expectation expected;
  const template_compiler templates(resolve, expected, found);
  node body;
  body.is = node::type::string;
  body.text = "${input.a}";
  templates.json(body, "the body");
  templates.target("/v1/${input.a}", {}, "the path", nullptr);
  templates.header("${input.a}", {}, "the header");
  templates.truth("${input.a}", {}, "the `when`");
  EXPECT_EQ(resolved, 0);
}

TEST(mistakes, of_a_parser_that_cites_half_of_a_letter_are_text) {
  EXPECT_THAT(test::mistakes_of("saga: \"\\\xde\x87\"\n"),
              testing::HasSubstr("this is not YAML: unknown escape character: ?"));
}

TEST(mistakes, that_are_only_refused_to_authors_are_not_those_of_the_journal) {
  mistake_list of_journal(text_source::journal);
  EXPECT_FALSE(of_journal.forbid({}, "too much"));
  EXPECT_TRUE(of_journal.empty());
  of_journal.add({}, "not understood");
  EXPECT_EQ(of_journal.size(), 1U);
}

// As many unknown names as a text has room for, each longest: what was meant is looked for a hundred times at most.
TEST(mistakes, of_a_whole_text_are_told_up_to_the_hundredth) {
  std::string text = "steps: [{step: a, participant: escrow, action: {post: /v1/a}, compensation: none, after: [";
  for (int number = 0; number < 5000; ++number) text += "x" + std::to_string(number) + ",";
  const auto told = load(text + "]}]", test::market());
  EXPECT_EQ(std::get<std::vector<mistake>>(told).size(), mistake_list::kept_max);
}

TEST(mistakes, show_a_character_of_many_bytes_whole) {
  const auto* path = "steps: [{step: a, participant: escrow, compensation: none, action: {post: /v1/é}}]";
  EXPECT_THAT(test::mistakes_of(path), testing::HasSubstr("`é` may not stand in a path"));
  const auto* escape = R"(output: '${"\é"}')";
  EXPECT_THAT(test::mistakes_of("steps: [{step: a, participant: escrow, compensation: none, action: {post: /v1/a}}]\n" +
                                std::string(escape)),
              testing::HasSubstr("an escape that is not known: \\é"));
}

}  // namespace
}  // namespace sagad::definition

#include "sagactl/screen.hpp"

#include <gmock/gmock.h>

#include "tests/unit/sagactl/recorded_server.hpp"
#include "tests/unit/sagactl/texts.hpp"

namespace sagad::sagactl::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string said_on(screen shown, const std::vector<std::string>& arguments, const std::string& body) {
  recorded_server server;
  server.shown = shown;
  server.then(200, body).then(200, "[]");
  EXPECT_EQ(server.run(arguments), exit_code::ok) << server.complained;
  return server.said;
}

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, width_of(line));
  return widest;
}

TEST(lines, are_broken_between_words_by_characters) {
  EXPECT_THAT(lines_of("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(lines_of("né é", 4), ElementsAre("né é"));
  EXPECT_THAT(lines_of("a muchtoolong b", 5), ElementsAre("a", "muchtoolong", "b"));
  EXPECT_THAT(lines_of("", 5), ElementsAre(""));
}

TEST(screen, of_a_terminal_breaks_the_last_column_to_its_width) {
  const auto said = said_on({100, false}, {"get", id}, stuck);
  const auto steps = said.substr(said.find("STEP"), said.find("\nWhat fits") - said.find("STEP"));
  EXPECT_LE(widest_line(steps), 100U) << steps;
  // Nothing is lost, and it goes on below its column.
  EXPECT_THAT(steps, HasSubstr("\n                                      "));
  EXPECT_THAT(steps, HasSubstr("command\n"));
  EXPECT_GT(widest_line(said_on({}, {"get", id}, stuck)), 150U) << "a pipe has no width";
}

TEST(screen, of_a_terminal_narrows_paragraphs) {
  const auto said = said_on({40, false}, {"explain", id}, stuck);
  EXPECT_LE(widest_line(said.substr(0, said.find("\nWhat can be done"))), 40U) << said;
  const auto wide = said_on({300, false}, {"explain", id}, stuck);
  EXPECT_LE(widest_line(wide.substr(0, wide.find("\nWhat can be done"))), 100U) << wide;
}

TEST(screen, of_a_pipe_has_a_paragraph_on_one_line) {
  const auto said = said_on({}, {"explain", id}, stuck);
  const auto paragraph = said.substr(0, said.find("\n\nWhat can be done"));
  EXPECT_THAT(paragraph, Not(HasSubstr("\n")));
  EXPECT_GT(width_of(paragraph), 200U) << paragraph;
}

TEST(screen, colours_states_only_where_it_can) {
  EXPECT_THAT(said_on({100, true}, {"get", id}, stuck), HasSubstr("\x1b[31mstuck\x1b[0m"));
  EXPECT_THAT(said_on({100, true}, {"get", id}, completed), HasSubstr("\x1b[32mcompleted\x1b[0m"));
  EXPECT_THAT(said_on({100, true}, {"list"}, R"({"sagas":[)" + compensated + "]}"),
              HasSubstr("sale        \x1b[33mcompensated\x1b[0m  "));
  EXPECT_THAT(said_on({100, false}, {"get", id}, stuck), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace sagad::sagactl::testing

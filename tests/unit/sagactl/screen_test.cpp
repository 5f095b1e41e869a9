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

const std::string listed_page =
    R"({"sagas":[{"id":"01KB0000000000000000000000","key":"order-7731","definition":"sale","state":"stuck",)"
    R"("started":"2026-11-18T11:06:38.000Z","changed":"2026-11-18T11:06:39.000Z","trouble":{"step":"rate",)"
    R"("operation":"action","state":"blocked","cause":"not_sent"}},{"id":"01KB0000000000000000000001",)"
    R"("definition":"sale","state":"running","started":"2026-11-18T11:06:38.000Z",)"
    R"("changed":"2026-11-18T11:06:39.000Z"}],"as_of":"2026-11-18T11:06:40.000Z"})";

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

TEST(screen, that_is_narrow_shows_a_list_without_some_columns_and_says_which) {
  const auto at = [](std::size_t columns) { return said_on({columns, false}, {"list"}, listed_page); };
  EXPECT_THAT(at(0),
              HasSubstr("SAGA                        KEY         DEFINITION  STATE    STARTED  CHANGED  WHERE\n"));
  EXPECT_THAT(at(120), Not(HasSubstr("Left out")));
  EXPECT_THAT(at(100),
              HasSubstr("SAGA                        KEY         DEFINITION  STATE    STARTED  CHANGED  WHERE\n"));
  EXPECT_THAT(at(80), HasSubstr("SAGA                        DEFINITION  STATE    WHERE\n"));
  EXPECT_THAT(at(80), HasSubstr("\nLeft out, as the terminal is narrow: STARTED, CHANGED, KEY\n"));
  EXPECT_THAT(at(60), HasSubstr("SAGA                        STATE    WHERE\n"));
  for (const std::size_t columns : {80, 60, 40, 20}) {
    const auto said = at(columns);
    EXPECT_LE(widest_line(said), std::max<std::size_t>(columns, 39)) << said;
    for (const auto* word : {id, "stuck", "rate", "blocked", "reached"}) EXPECT_THAT(said, HasSubstr(word)) << columns;
  }
}

TEST(screen, that_is_too_narrow_for_a_table_has_a_cell_a_line) {
  EXPECT_THAT(said_on({40, false}, {"list"}, listed_page),
              ::testing::StartsWith(R"(SAGA        01KB0000000000000000000000
KEY         order-7731
DEFINITION  sale
STATE       stuck
STARTED     2s ago
CHANGED     1s ago
WHERE       rate: blocked, the
            participant could not be
            reached

SAGA        01KB0000000000000000000001
)"));
  const auto saga = said_on({40, true}, {"get", id}, stuck);
  EXPECT_THAT(saga, HasSubstr("\nSTEP         rate\nPARTICIPANT  rate\n"));
  EXPECT_THAT(saga, HasSubstr("\nWhat fits now:\n  sagactl retry 01KB0000000000000000000000 --step rate\n  its "
                              "participant is well again\n"));
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

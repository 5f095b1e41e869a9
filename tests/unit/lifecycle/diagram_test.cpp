#include "lifecycle/diagram.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace {

using sagad::lifecycle::mermaid_diagram;

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(lifecycle_diagram, draws_every_legal_move_once_and_the_ends) {
  const std::string diagram = mermaid_diagram();
  EXPECT_EQ(count_of(diagram, "-->"), 1U + 12U + 3U) << diagram;
  EXPECT_EQ(count_of(diagram, "  forward --> completed: all_done\n"), 1U) << diagram;
  EXPECT_EQ(count_of(diagram, "  paused_forward --> paused_backward: turn_back\n"), 1U) << diagram;
  EXPECT_EQ(count_of(diagram, " --> resolved: resolve\n"), 4U) << diagram;
  EXPECT_EQ(count_of(diagram, " --> [*]\n"), 3U) << diagram;
}

TEST(lifecycle_diagram, the_page_in_docs_shows_what_the_table_says) {
  std::ifstream file("docs/lifecycle.md");
  ASSERT_TRUE(file) << "run from the top of the source tree";
  std::ostringstream page;
  page << file.rdbuf();
  const std::string want =
      "<!-- lifecycle_diagram: begin -->\n```mermaid\n" + mermaid_diagram() + "```\n<!-- lifecycle_diagram: end -->\n";
  EXPECT_NE(page.str().find(want), std::string::npos)
      << "docs/lifecycle.md is behind the table; put this between its markers (bin/lifecycle_diagram prints it):\n"
      << want;
}

}  // namespace

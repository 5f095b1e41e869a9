#include "base/joined.hpp"

#include <gtest/gtest.h>

namespace sagad {
namespace {

TEST(joined, puts_pieces_one_behind_the_other) {
  const std::string step = "escrow";
  EXPECT_EQ(joined("Saga-Step", ": ", "", step, std::string_view("\r\n")), "Saga-Step: escrow\r\n");
  EXPECT_EQ(joined(std::string_view(), std::string()), "");
  EXPECT_EQ(joined(), "");
}

TEST(joined, appends_behind_what_is_there) {
  std::string lines = "a\r\n";
  append_joined(lines, "b", "\r\n");
  append_joined(lines);
  EXPECT_EQ(lines, "a\r\nb\r\n");
}

}  // namespace
}  // namespace sagad

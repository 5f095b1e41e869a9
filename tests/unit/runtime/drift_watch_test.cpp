#include "runtime/drift_watch.hpp"

#include <gmock/gmock.h>

namespace sagad::runtime {
namespace {

using testing::HasSubstr;
using testing::Optional;

TEST(drift_watch, a_second_is_nothing_and_more_is_told_once) {
  drift_watch watch;
  EXPECT_EQ(watch.look(0, 1'000), std::nullopt);
  EXPECT_EQ(watch.look(0, -1'000), std::nullopt);
  EXPECT_THAT(watch.look(0, 1'001), Optional(HasSubstr("1001 ms ahead of")));
  EXPECT_EQ(watch.look(100'000, 1'001), std::nullopt);
  EXPECT_EQ(watch.look(100'000, 2'001), std::nullopt) << "a second more is nothing either";
}

TEST(drift_watch, a_clock_that_goes_on_jumping_is_told_once_a_minute) {
  drift_watch watch;
  EXPECT_THAT(watch.look(0, -5'000), Optional(HasSubstr("5000 ms behind")));
  EXPECT_EQ(watch.look(59'999, 90'000), std::nullopt);
  EXPECT_THAT(watch.look(60'000, 0), Optional(HasSubstr("0 ms"))) << "that it came back is told, too";
}

}  // namespace
}  // namespace sagad::runtime

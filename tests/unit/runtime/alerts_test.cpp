#include "runtime/alerts.hpp"

#include <gmock/gmock.h>

#include "telemetry/log.hpp"

namespace sagad::runtime {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string logged(alerts& told, millis now) {
  log::flush();  // what was said before
  testing::internal::CaptureStderr();
  told.look(now);
  log::flush();
  return testing::internal::GetCapturedStderr();
}

TEST(alerts, past_a_few_are_counted_and_both_kinds_of_sagas_are_to_be_found) {
  alerts told;
  log::flush();  // what was said before
  testing::internal::CaptureStderr();
  for (std::uint32_t line = 0; line < alerts::lines_max + 3; ++line) told.tell(0, "saga " + std::to_string(line));
  log::flush();
  const auto lines = testing::internal::GetCapturedStderr();
  EXPECT_THAT(lines, HasSubstr("saga 19"));
  EXPECT_THAT(lines, Not(HasSubstr("saga 20")));
  EXPECT_EQ(logged(told, alerts::window_ms - 1), "");
  const auto rest = logged(told, alerts::window_ms);
  EXPECT_THAT(rest, HasSubstr("3 more alerts"));
  EXPECT_THAT(rest, HasSubstr("`sagactl list --state stuck`"));
  EXPECT_THAT(rest, HasSubstr("`sagactl list --state unfinished`")) << "one that only takes long is not stuck";
  EXPECT_EQ(logged(told, 2 * alerts::window_ms), "");
}

}  // namespace
}  // namespace sagad::runtime

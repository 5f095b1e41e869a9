#include "api/timestamps.hpp"

#include <gtest/gtest.h>

#include "records/as_json.hpp"

namespace sagad::api {
namespace {

TEST(timestamps, are_read_as_they_are_written) {
  for (const millis at : {millis{0}, millis{1}, millis{951'827'696'789}, millis{1'800'000'000'000}}) {
    EXPECT_EQ(parse_timestamp(records::timestamp(at)), at);
  }
}

TEST(timestamps, may_leave_out_what_is_fine) {
  EXPECT_EQ(parse_timestamp("2000-02-29"), 951'782'400'000);
  EXPECT_EQ(parse_timestamp("2000-02-29T00:00:01Z"), 951'782'401'000);
  EXPECT_EQ(parse_timestamp("2000-02-29T00:00:01.5Z"), 951'782'401'500);
  EXPECT_EQ(parse_timestamp("2000-02-29T00:00:01.1239Z"), 951'782'401'123);
}

TEST(timestamps, that_are_none_are_refused) {
  for (const auto* text : {"", "2000", "2000-02", "2000-02-30", "2000-13-01", "2001-02-29", "2000-2-29", "2000-02-29T",
                           "2000-02-29T00:00Z", "2000-02-29T00:00:00", "2000-02-29T24:00:00Z", "2000-02-29T00:60:00Z",
                           "2000-02-29T00:00:60Z", "2000-02-29T00:00:00.Z", "2000-02-29T00:00:00+01:00",
                           "2000-02-29 00:00:00Z", "2000-02-29T00:00:00Zx", "+200-02-29", "2000-02-29T-1:00:00Z"}) {
    EXPECT_FALSE(parse_timestamp(text)) << text;
  }
}

}  // namespace
}  // namespace sagad::api

#include "base/timestamps.hpp"

#include <gtest/gtest.h>

namespace sagad {
namespace {

TEST(timestamps, are_read_as_they_are_written) {
  EXPECT_EQ(parse_timestamp("1970-01-01T00:00:00.000Z"), 0);
  EXPECT_EQ(parse_timestamp("1970-01-01T00:00:00.001Z"), 1);
  EXPECT_EQ(parse_timestamp("2024-02-29T12:34:56.789Z"), 1'709'210'096'789);
  EXPECT_EQ(parse_timestamp("0000-01-01"), -62'167'219'200'000);
  EXPECT_EQ(parse_timestamp("9999-12-31T23:59:59.999Z"), 253'402'300'799'999);
}

TEST(timestamps, may_have_whatever_offset) {
  for (const auto* same : {"2000-02-29T00:00:01Z", "2000-02-29t00:00:01z", "2000-02-29T02:00:01+02:00",
                           "2000-02-28T18:30:01-05:30", "2000-02-29T00:00:01-00:00"}) {
    EXPECT_EQ(parse_timestamp(same), 951'782'401'000) << same;
  }
  EXPECT_EQ(parse_timestamp("2016-12-31T23:59:60Z"), parse_timestamp("2017-01-01"));
}

TEST(timestamps, may_leave_out_what_is_fine) {
  EXPECT_EQ(parse_timestamp("2000-02-29"), 951'782'400'000);
  EXPECT_EQ(parse_timestamp("2000-02-29T00:00:01Z"), 951'782'401'000);
  EXPECT_EQ(parse_timestamp("2000-02-29T00:00:01.5Z"), 951'782'401'500);
  EXPECT_EQ(parse_timestamp("2000-02-29T00:00:01.1239Z"), 951'782'401'123);
}

TEST(timestamps, that_are_none_are_refused) {
  for (const auto* text : {"",
                           "2000",
                           "2000-02",
                           "2000-02-30",
                           "2000-13-01",
                           "2001-02-29",
                           "2000-2-29",
                           "2000-02-29T",
                           "2000-02-29T00:00Z",
                           "2000-02-29T00:00:00",
                           "2000-02-29T24:00:00Z",
                           "2000-02-29T00:60:00Z",
                           "2000-02-29T00:00:61Z",
                           "2000-02-29T00:00:00.Z",
                           "2000-02-29T00:00:00+24:00",
                           "2000-02-29T00:00:00 01:00",
                           "2000-02-29T00:00:00+0100",
                           "2000-02-29T00:00:00+1:00",
                           "2000-02-29 00:00:00Z",
                           "2000-02-29T00:00:00Zx",
                           "+200-02-29",
                           "2000-02-29T-1:00:00Z"}) {
    EXPECT_FALSE(parse_timestamp(text)) << text;
  }
}

}  // namespace
}  // namespace sagad

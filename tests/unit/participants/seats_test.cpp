#include "participants/seats/seats_service.hpp"

#include "tests/unit/participants/service_bench.hpp"

namespace sagad::participants::test {
namespace {

// snippet: tests
TEST(seats, a_seat_is_taken_once_and_free_again_when_it_is_given_back) {
  service_bench bench(seats_service());
  const std::string b7 = R"({"show": "hamlet", "seat": "B7"})";
  EXPECT_EQ(bench.call("/v1/seats", saga_number(1), "seat", b7).status, 200);
  EXPECT_EQ(bench.call("/v1/seats", saga_number(1), "seat", b7).status, 200) << "a duplicate hears the same";
  EXPECT_EQ(bench.call("/v1/seats", saga_number(2), "seat", b7).what, barrier::outcome::rejected);
  EXPECT_EQ(bench.plain("GET", "/v1/shows/hamlet").body, R"({"taken": 1})");

  EXPECT_EQ(bench.call("/v1/seats/back", saga_number(1), "seat", "").status, 200);
  EXPECT_EQ(bench.plain("GET", "/v1/shows/hamlet").body, R"({"taken": 0})");
  EXPECT_EQ(bench.call("/v1/seats", saga_number(3), "seat", b7).status, 200);
}
// snippet: end

TEST(seats, an_undo_that_overtakes_its_action_shuts_the_door) {
  service_bench bench(seats_service());
  EXPECT_EQ(bench.call("/v1/seats/back", saga_number(1), "seat", "").status, 200);
  EXPECT_EQ(bench.call("/v1/seats", saga_number(1), "seat", R"({"show": "hamlet", "seat": "B7"})").what,
            barrier::outcome::refused);
  EXPECT_EQ(bench.plain("GET", "/v1/shows/hamlet").body, R"({"taken": 0})");
}

TEST(seats, what_cannot_be_read_is_told_what_to_write) {
  service_bench bench(seats_service());
  EXPECT_THROW(bench.call("/v1/seats", saga_number(1), "seat", R"({"show": "hamlet"})"), bad_input);
}

}  // namespace
}  // namespace sagad::participants::test

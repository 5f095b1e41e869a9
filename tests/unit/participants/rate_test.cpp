#include "participants/rate/rate_service.hpp"

#include "tests/unit/participants/service_bench.hpp"

namespace sagad::participants::test {
namespace {

using testing::HasSubstr;

class rate_room : public testing::Test {
 protected:
  barrier::answer sell(std::int64_t quantity, std::int64_t price, int saga, const std::string& item = "sword") {
    return bench.call("/v1/sales", saga_number(saga), "rate",
                      R"({"item":")" + item + R"(","quantity":)" + std::to_string(quantity) + R"(,"price":)" +
                          std::to_string(price) + "}");
  }
  std::string rate_of(const std::string& item) { return bench.plain("GET", "/v1/items/" + item + "/rate").body; }

  service_bench bench{rate_service()};
};

TEST_F(rate_room, a_sale_moves_the_rate) {
  EXPECT_EQ(
      sell(1, 100, 1).body,
      R"({"rate":{"item":"sword","last_price":100,"average_price":"100.0000","volume":1,"value":100,"sales":1}})");
  EXPECT_EQ(
      sell(2, 200, 2).body,
      R"({"rate":{"item":"sword","last_price":200,"average_price":"166.6666","volume":3,"value":500,"sales":2}})");
  EXPECT_EQ(rate_of("sword"),
            R"({"item":"sword","last_price":200,"average_price":"166.6666","volume":3,"value":500,"sales":2})");
}

TEST_F(rate_room, a_price_is_an_integer_however_it_is_written) {
  bench.call("/v1/sales", saga_number(1), "rate", R"({"item":"sword","quantity":2.0,"price":1e2})");
  EXPECT_EQ(bench.plain("GET", "/admin/books").body, R"({"sales":1,"volume":2,"value":200,"items":1})");
}

TEST_F(rate_room, items_have_their_own_rates) {
  sell(1, 100, 1);
  sell(1, 7, 2, "shield");
  EXPECT_THAT(rate_of("sword"), HasSubstr(R"("last_price":100)"));
  EXPECT_THAT(rate_of("shield"), HasSubstr(R"("last_price":7)"));
  EXPECT_EQ(bench.plain("GET", "/v1/items/helmet/rate").status, 404);
}

TEST_F(rate_room, a_sale_that_comes_twice_counts_once) {
  sell(1, 100, 1);
  sell(1, 100, 1);
  EXPECT_EQ(bench.plain("GET", "/admin/books").body, R"({"sales":1,"volume":1,"value":100,"items":1})");
}

TEST_F(rate_room, the_projection_built_again_is_the_same) {
  sell(1, 100, 1);
  sell(7, 33, 2);
  sell(5, 11, 3, "shield");
  const std::string sword = rate_of("sword");
  const std::string shield = rate_of("shield");
  bench.db.execute("UPDATE rates SET value = 1, last_price = 1");
  EXPECT_EQ(bench.plain("POST", "/admin/rebuild").body, R"({"sales":3})");
  EXPECT_EQ(rate_of("sword"), sword);
  EXPECT_EQ(rate_of("shield"), shield);
}

TEST_F(rate_room, averages_are_exact_at_the_end_of_64_bits) {
  sell(4'000'000'000'000'000'000, 2, 1);
  sell(1'000'000'000'000'000'000, 1, 2);
  EXPECT_THAT(rate_of("sword"), HasSubstr(R"("average_price":"1.8000")"));
  EXPECT_THAT(rate_of("sword"), HasSubstr(R"("value":9000000000000000000)"));
}

TEST_F(rate_room, sums_that_leave_64_bits_are_rejected_and_leave_no_event) {
  EXPECT_THAT(sell(4'000'000'000'000'000'000, 3, 1).body, HasSubstr("overflow"));
  sell(4'000'000'000'000'000'000, 2, 2);
  EXPECT_EQ(sell(1'223'372'036'854'775'808, 1, 3).status, 409) << "the value would be one too many";
  EXPECT_EQ(sell(1'223'372'036'854'775'807, 1, 4).status, 200) << "the value is the largest there is";
  EXPECT_EQ(bench.number("SELECT count(*) FROM sales"), 2);
  EXPECT_EQ(bench.number("SELECT value FROM rates"), std::numeric_limits<std::int64_t>::max());
}

}  // namespace
}  // namespace sagad::participants::test

#include "compensations/barrier/request_digest.hpp"
#include "compensations/barrier/saga_time.hpp"

namespace sagad::barrier {
namespace {

TEST(request_digest, is_that_of_the_three_fields_each_with_its_length) {
  EXPECT_EQ(request_digest("POST", "/v1/holds?x=1", R"({"account":"alice"})"),
            "f6543cdf2d7cedf12a86ad39a92302c852cf641b033a1111a63ed580a62c7738");
  EXPECT_EQ(request_digest("", "", ""), "9d908ecfb6b256def8b49a7c504e6c889c4b0e41fe6ce3e01863dd7b61a20aa0");
}

TEST(request_digest, tells_apart_what_only_shifts_between_the_fields) {
  EXPECT_NE(request_digest("POST", "/a", "b"), request_digest("POST", "/ab", ""));
  EXPECT_NE(request_digest("POST", "/a", "b"), request_digest("PUT", "/a", "b"));
}

TEST(saga_time, reads_the_first_48_bits_of_an_id) {
  EXPECT_EQ(saga_time_ms("01HF7YAT0004HMASW9NF6YY093"), 1'700'000'000'000);
  EXPECT_EQ(saga_time_ms("00000000000000000000000000"), 0);
  EXPECT_EQ(saga_time_ms("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"), (std::int64_t{1} << 48) - 1);
}

TEST(saga_time, refuses_what_is_no_id) {
  EXPECT_EQ(saga_time_ms(""), std::nullopt);
  EXPECT_EQ(saga_time_ms("0000000000000000000000000"), std::nullopt) << "25 characters";
  EXPECT_EQ(saga_time_ms("000000000000000000000000000"), std::nullopt) << "27 characters";
  EXPECT_EQ(saga_time_ms("80000000000000000000000000"), std::nullopt) << "more than 128 bits";
  EXPECT_EQ(saga_time_ms("0000000000000000000000000a"), std::nullopt) << "lower case";
  for (const char letter : {'I', 'L', 'O', 'U', '-', ' ', '\0'}) {
    EXPECT_EQ(saga_time_ms(std::string(25, '0') + letter), std::nullopt) << letter;
  }
}

TEST(saga_time, the_earliest_id_of_a_time_sorts_before_every_id_of_that_time_and_after_those_before) {
  EXPECT_EQ(earliest_saga_id(1'700'000'000'000), "01HF7YAT000000000000000000");
  EXPECT_LT(earliest_saga_id(1'699'999'999'999), earliest_saga_id(1'700'000'000'000));
  EXPECT_LT(earliest_saga_id(1'700'000'000'000), "01HF7YAT0004HMASW9NF6YY093");
  EXPECT_EQ(saga_time_ms(earliest_saga_id(1'700'000'000'000)), 1'700'000'000'000);
  EXPECT_EQ(earliest_saga_id(-5), earliest_saga_id(0));
}

}  // namespace
}  // namespace sagad::barrier

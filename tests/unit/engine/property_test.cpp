#include <gtest/gtest.h>

#include "tests/support/random_play.hpp"

namespace {

using sagad::tests::random_play;

// Each test has seeds of its own; a failure names its seed.
void play(std::uint64_t first_seed, int sagas, int inputs) {
  for (int count = 0; count < sagas && !testing::Test::HasFailure(); ++count) {
    random_play saga(first_seed + static_cast<std::uint64_t>(count));
    saga.run(inputs);
    saga.finish();
  }
}

TEST(engine_properties, hold_for_sagas_under_few_inputs) {
  play(1'000'000, 3000, 12);
}

TEST(engine_properties, hold_for_sagas_under_many_inputs) {
  play(2'000'000, 1500, 100);
}

}  // namespace

// What is done wrong on purpose is found within a bounded number of seeds: a simulation that finds nothing proves
// nothing.
#include <gtest/gtest.h>

#include "tests/simulation/run.hpp"

namespace sagad::simulation {
namespace {

struct wanted {
  defect wrong;
  const char* named;
  std::uint64_t seeds_max;
};

class defects : public testing::TestWithParam<wanted> {};

TEST_P(defects, are_found_within_their_seeds) {
  static_assert(defects_possible);
  for (std::uint64_t seed = 1; seed <= GetParam().seeds_max; ++seed) {
    const auto result = run({.seed = seed, .wrong = GetParam().wrong});
    if (result.violated.empty()) continue;
    std::cout << "found with seed " << seed << ": " << result.violated.substr(0, result.violated.find('\n')) << '\n';
    RecordProperty("seed", static_cast<int>(seed));
    return;
  }
  FAIL() << "not found in " << GetParam().seeds_max << " seeds";
}

INSTANTIATE_TEST_SUITE_P(simulation, defects,
                         testing::Values(wanted{defect::acts_before_durable, "acts_before_durable", 20},
                                         wanted{defect::loses_settled_records, "loses_settled_records", 100},
                                         wanted{defect::barrier_forgets_rejections, "barrier_forgets_rejections", 1000},
                                         wanted{defect::barrier_undoes_rejections, "barrier_undoes_rejections", 1000},
                                         wanted{defect::barrier_forgets_undoing, "barrier_forgets_undoing", 1000},
                                         wanted{defect::undoes_in_forward_order, "undoes_in_forward_order", 100},
                                         wanted{defect::believes_bare_rejections, "believes_bare_rejections", 2000},
                                         wanted{defect::counts_refused_connections, "counts_refused_connections", 20}),
                         [](const auto& one) { return std::string(one.param.named); });

class no_defect : public testing::TestWithParam<journal_kind> {
 protected:
  static run_result play(std::uint64_t seed) { return run({.seed = seed, .over = GetParam()}); }
};

TEST_P(no_defect, leaves_the_same_seeds_without_a_violation) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) EXPECT_EQ(play(seed).violated, "") << seed;
}

TEST_P(no_defect, gives_the_same_records_for_the_same_seed_and_others_for_another) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const auto first = play(seed);
    EXPECT_EQ(play(seed).hash, first.hash) << seed;
    EXPECT_NE(play(seed + 1000).hash, first.hash) << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(simulation, no_defect, testing::Values(journal_kind::memory, journal_kind::log),
                         [](const auto& one) { return one.param == journal_kind::log ? "log" : "memory"; });

}  // namespace
}  // namespace sagad::simulation

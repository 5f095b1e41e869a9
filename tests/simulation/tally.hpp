#pragma once

#include <cstdint>
#include <string>

#include "tests/simulation/run.hpp"

namespace sagad::simulation {

/// What many runs came to, together.
struct tally {
  std::uint64_t runs = 0;
  run_result sum;
  weather_counts runs_struck{};  ///< by each kind of bad weather

  void add(const run_result& one);
  /// Injected ones: what is rare and not wrong does not count.
  std::uint64_t faults() const noexcept;
  double faults_a_run() const noexcept;
  double kinds_of_faults_a_run() const noexcept;
  /// In lines.
  std::string text() const;
};

}  // namespace sagad::simulation

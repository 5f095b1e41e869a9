#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/moment.hpp"
#include "tests/simulation/defect.hpp"
#include "tests/simulation/weather.hpp"

namespace sagad::simulation {

/// `shared`: in memory, and several nodes have it.
enum class journal_kind : std::uint8_t { memory, log, shared };

inline const char* name(journal_kind over) {
  return over == journal_kind::log ? "log" : over == journal_kind::shared ? "shared" : "memory";
}

inline constexpr std::size_t sagas_most = 8;
inline constexpr millis weather_ms_least = 500;
inline constexpr millis weather_ms_most = 20'000;

struct run_options {
  std::uint64_t seed = 1;
  journal_kind over = journal_kind::memory;
  bool verbose = false;
  defect wrong = defect::none;
  // What is left out of what the seed says.
  std::size_t sagas_max = sagas_most;
  millis weather_ms_max = weather_ms_most;  ///< how long bad weather lasts
  std::uint64_t without = 0;                ///< a bit for each of weather_parts
};

struct run_result {
  std::string violated;    ///< empty: every invariant held
  std::uint64_t hash = 0;  ///< over all records: the same for the same seed
  std::uint64_t records = 0;
  std::uint64_t requests = 0;
  std::uint64_t lives = 0;
  std::uint64_t completed = 0;
  std::uint64_t compensated = 0;
  std::uint64_t resolved = 0;
  std::uint64_t stuck = 0;
  std::uint64_t virtual_ms = 0;
  weather_counts struck{};  ///< how often bad weather of each kind did
};

/// What such a run may have to bear.
weather weather_of(const run_options& options);

/// One run: sagas in bad weather, then in calm until every one of them is final or stuck for good, then the stragglers,
/// then what must be true of all that. The same options give the same result.
run_result run(const run_options& options);

}  // namespace sagad::simulation

#include "tests/simulation/shrink.hpp"

#include "tests/simulation/weather.hpp"

namespace sagad::simulation {
namespace {

bool fails(const run_options& options) {
  return !run(options).violated.empty();
}

// Takes `smaller` where that fails, too.
bool becomes(run_options& least, const run_options& smaller) {
  if (!fails(smaller)) return false;
  least = smaller;
  return true;
}

bool fewer_sagas(run_options& least) {
  for (std::size_t sagas = 1; sagas < least.sagas_max; ++sagas) {
    auto smaller = least;
    smaller.sagas_max = sagas;
    if (becomes(least, smaller)) return true;
  }
  return false;
}

bool fewer_faults(run_options& least) {
  bool any = false;
  for (std::size_t part = 0; part < std::size(weather_parts); ++part) {
    const auto bit = std::uint64_t{1} << part;
    if ((least.without & bit) != 0) continue;
    auto smaller = least;
    smaller.without |= bit;
    any |= becomes(least, smaller);
  }
  return any;
}

bool less_time(run_options& least) {
  auto smaller = least;
  smaller.weather_ms_max = least.weather_ms_max / 2;
  return smaller.weather_ms_max >= weather_ms_least && becomes(least, smaller);
}

}  // namespace

run_options shrink(const run_options& failing) {
  auto least = failing;
  if (!fails(least)) return least;
  for (bool any = true; any;) {
    any = fewer_sagas(least);
    while (less_time(least)) any = true;
    any |= fewer_faults(least);
  }
  return least;
}

std::string arguments_of(const run_options& options) {
  std::string text = std::string("--journal ") + name(options.over) + " --replay " + std::to_string(options.seed);
  if (options.sagas_max != sagas_most) text += " --sagas " + std::to_string(options.sagas_max);
  if (options.weather_ms_max != weather_ms_most) text += " --for " + std::to_string(options.weather_ms_max);
  if (options.without == 0) return text;
  std::string left;
  for (std::size_t part = 0; part < std::size(weather_parts); ++part) {
    if ((options.without >> part & 1U) != 0) continue;
    if (!left.empty()) left += ',';
    left += weather_parts[part].name;
  }
  return text + " --only " + (left.empty() ? "none" : left);
}

}  // namespace sagad::simulation

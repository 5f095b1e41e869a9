#include "tests/simulation/tally.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sagad::simulation {
namespace {

std::uint64_t of_faults(const weather_counts& counts) noexcept {
  std::uint64_t sum = 0;
  for (std::size_t part = 0; part < counts.size(); ++part) sum += weather_parts[part].fault ? counts[part] : 0;
  return sum;
}

}  // namespace

void tally::add(const run_result& one) {
  ++runs;
  for (auto member : {&run_result::records, &run_result::requests, &run_result::lives, &run_result::completed,
                      &run_result::compensated, &run_result::resolved, &run_result::stuck, &run_result::virtual_ms}) {
    sum.*member += one.*member;
  }
  for (std::size_t part = 0; part < one.struck.size(); ++part) {
    sum.struck[part] += one.struck[part];
    runs_struck[part] += one.struck[part] != 0 ? 1 : 0;
  }
}

std::uint64_t tally::faults() const noexcept {
  return of_faults(sum.struck);
}

double tally::faults_a_run() const noexcept {
  return static_cast<double>(faults()) / static_cast<double>(std::max<std::uint64_t>(runs, 1));
}

double tally::kinds_of_faults_a_run() const noexcept {
  return static_cast<double>(of_faults(runs_struck)) / static_cast<double>(std::max<std::uint64_t>(runs, 1));
}

std::string tally::text() const {
  std::string out = fmt::format("{} records, {} requests, {} lives, {} virtual seconds\n", sum.records, sum.requests,
                                sum.lives, sum.virtual_ms / 1000);
  out += fmt::format("{} completed, {} compensated, {} resolved, {} stuck\n", sum.completed, sum.compensated,
                     sum.resolved, sum.stuck);
  out += fmt::format("{} faults, in the mean {:.1f} a run, of {:.1f} kinds\n", faults(), faults_a_run(),
                     kinds_of_faults_a_run());
  for (std::size_t part = 0; part < sum.struck.size(); ++part) {
    if (sum.struck[part] == 0) continue;
    out += fmt::format("{:>10}  {}{}, in {} runs\n", sum.struck[part], weather_parts[part].name,
                       weather_parts[part].fault ? "" : " (no fault)", runs_struck[part]);
  }
  return out;
}

}  // namespace sagad::simulation

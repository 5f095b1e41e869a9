// simulation [--journal memory|log] [--seeds N] [--from S]
// simulation [--journal memory|log] --replay SEED [--sagas N] [--for MS] [--only PART,PART|none]
// simulation --kept FILE
// simulation --probes N
//
// Runs N seeds from S on (fresh ones where S is not given), each twice for the first few: the same seed must give the
// same records. Stops at the first violation, leaves out of that run what it fails without, and prints how to see both
// again. `--kept` runs the seeds that a file lists, one a line: journal, seed, what it has found.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <string_view>

#include "base/probe.hpp"
#include "tests/simulation/run.hpp"
#include "tests/simulation/shrink.hpp"
#include "tests/simulation/tally.hpp"
#include "tests/simulation/weather.hpp"

namespace {

using namespace sagad::simulation;

struct arguments {
  run_options options;
  std::uint64_t seeds = 1000;
  std::optional<std::uint64_t> from;
  bool replay = false;
  std::string kept;
  std::optional<std::uint64_t> probes;
};

// Names with commas between them, or `none`.
bool leave_out_all_but(std::string_view names, run_options& options) {
  constexpr auto count = std::size(weather_parts);
  options.without = (std::uint64_t{1} << count) - 1;
  if (names == "none") return true;
  while (!names.empty()) {
    const auto one = names.substr(0, names.find(','));
    names.remove_prefix(std::min(names.size(), one.size() + 1));
    const auto found = std::find_if(std::begin(weather_parts), std::end(weather_parts),
                                    [one](const weather_part& part) { return part.name == one; });
    if (found == std::end(weather_parts)) return false;
    options.without &= ~(std::uint64_t{1} << (found - std::begin(weather_parts)));
  }
  return true;
}

bool take_number(std::string_view word, std::uint64_t value, arguments& given) {
  if (word == "--seeds") {
    given.seeds = value;
  } else if (word == "--from") {
    given.from = value;
  } else if (word == "--replay") {
    given.replay = true;
    given.options.seed = value;
  } else if (word == "--sagas") {
    given.options.sagas_max = value;
  } else if (word == "--for") {
    given.options.weather_ms_max = static_cast<sagad::millis>(value);
  } else if (word == "--probes") {
    given.probes = value;
  } else {
    return false;
  }
  return true;
}

std::optional<arguments> parse(int count, char** words) {
  arguments given;
  for (int at = 1; at < count; at += 2) {
    const std::string_view word = words[at];
    const std::string_view text = at + 1 < count ? words[at + 1] : "";
    if (word == "--journal" && (text == "memory" || text == "log")) {
      given.options.over = text == "log" ? journal_kind::log : journal_kind::memory;
    } else if (word == "--kept" && !text.empty()) {
      given.kept = text;
    } else if (word == "--only") {
      if (!leave_out_all_but(text, given.options)) return std::nullopt;
    } else {
      std::uint64_t value = 0;
      const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
      if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
      if (!take_number(word, value, given)) return std::nullopt;
    }
  }
  return given;
}

void print(const tally& sum) {
  std::fputs(sum.text().c_str(), stdout);
}

int replay(run_options options) {
  options.verbose = true;
  const auto result = run(options);
  tally alone;
  alone.add(result);
  print(alone);
  std::printf("%s: %s\n", arguments_of(options).c_str(),
              result.violated.empty() ? "every invariant holds" : result.violated.c_str());
  return result.violated.empty() ? 0 : 1;
}

void tell(const run_options& failed, const std::string& violated) {
  std::printf("seed %llu: %s\nreplay it: simulation %s\n", static_cast<unsigned long long>(failed.seed),
              violated.c_str(), arguments_of(failed).c_str());
  std::fflush(stdout);
  const auto least = shrink(failed);
  const auto of_least = run(least);
  if (of_least.violated.empty()) return;
  std::printf("the least of it: simulation %s\n%s\n", arguments_of(least).c_str(), of_least.violated.c_str());
}

int run_many(journal_kind over, std::uint64_t from, std::uint64_t seeds) {
  constexpr std::uint64_t run_twice = 20;
  const auto began = std::chrono::steady_clock::now();
  std::printf("seeds %llu to %llu\n", static_cast<unsigned long long>(from),
              static_cast<unsigned long long>(from + seeds - 1));
  tally sum;
  for (std::uint64_t number = 0; number < seeds; ++number) {
    const auto seed = from + number;
    auto result = run({.seed = seed, .over = over});
    if (result.violated.empty() && number < run_twice && run({.seed = seed, .over = over}).hash != result.hash) {
      result.violated = "the same seed gives other records";
    }
    sum.add(result);
    if (result.violated.empty()) continue;
    tell({.seed = seed, .over = over}, result.violated);
    return 1;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  print(sum);
  std::printf("every invariant holds; %.0f runs a second\n", static_cast<double>(seeds) / took.count());
  return 0;
}

// The seeds that a file lists.
int run_kept(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    std::fprintf(stderr, "%s cannot be read\n", path.c_str());
    return 2;
  }
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    std::string journal;
    run_options options;
    if (!(words >> journal >> options.seed) || (journal != "memory" && journal != "log")) {
      std::fprintf(stderr, "%s: not a journal and a seed: %s\n", path.c_str(), line.c_str());
      return 2;
    }
    options.over = journal == "log" ? journal_kind::log : journal_kind::memory;
    ++count;
    const auto result = run(options);
    if (result.violated.empty()) continue;
    tell(options, result.violated);
    return 1;
  }
  std::printf("%zu kept seeds: every invariant holds\n", count);
  return count == 0 ? 1 : 0;
}

// Seeds from 1 on over both journals; fails when a probe is not reached.
int run_probes(std::uint64_t seeds) {
  const bool well = run_many(journal_kind::memory, 1, seeds) == 0 && run_many(journal_kind::log, 1, seeds) == 0;
  std::size_t missed = 0;
  for (const auto& one : sagad::all_probes()) {
    const auto count = one.reached;
    std::printf("%10llu  %s\n", static_cast<unsigned long long>(count), one.name);
    if (count == 0) ++missed;
  }
  std::printf("of %zu probes %zu were not reached\n", sagad::all_probes().size(), missed);
  return well && missed == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  const auto given = parse(count, words);
  if (!given) {
    std::fprintf(stderr,
                 "simulation [--journal memory|log] [--seeds N] [--from S]\n"
                 "simulation [--journal memory|log] --replay SEED [--sagas N] [--for MS] [--only PART,PART|none]\n"
                 "simulation --kept FILE\n"
                 "simulation --probes N\n");
    return 2;
  }
  if (given->probes) return run_probes(*given->probes);
  if (!given->kept.empty()) return run_kept(given->kept);
  if (given->replay) return replay(given->options);
  const auto fresh = std::uint64_t{std::random_device{}()} << 16U;
  return run_many(given->options.over, given->from.value_or(fresh), given->seeds);
}

// simulation [--journal memory|log] [--seeds N] [--from S]
// simulation [--journal memory|log] --replay SEED
// simulation --probes N
//
// Runs N seeds from S on (fresh ones where S is not given), each twice for the first few: the same seed must give the
// same records. Stops at the first violation and prints how to see it again.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <random>
#include <string_view>

#include "base/probe.hpp"
#include "tests/simulation/run.hpp"

namespace {

using namespace sagad::simulation;

struct arguments {
  journal_kind over = journal_kind::memory;
  std::uint64_t seeds = 1000;
  std::optional<std::uint64_t> from;
  std::optional<std::uint64_t> replay;
  std::optional<std::uint64_t> probes;
};

std::optional<arguments> parse(int count, char** words) {
  arguments given;
  for (int at = 1; at < count; at += 2) {
    const std::string_view name = words[at];
    std::uint64_t value = 0;
    const std::string_view text = at + 1 < count ? words[at + 1] : "";
    if (name == "--journal" && (text == "memory" || text == "log")) {
      given.over = text == "log" ? journal_kind::log : journal_kind::memory;
      continue;
    }
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    if (name == "--seeds") {
      given.seeds = value;
    } else if (name == "--from") {
      given.from = value;
    } else if (name == "--replay") {
      given.replay = value;
    } else if (name == "--probes") {
      given.probes = value;
    } else {
      return std::nullopt;
    }
  }
  return given;
}

const char* name(journal_kind over) {
  return over == journal_kind::log ? "log" : "memory";
}

void add(run_result& sum, const run_result& one) {
  sum.records += one.records;
  sum.requests += one.requests;
  sum.lives += one.lives;
  sum.completed += one.completed;
  sum.compensated += one.compensated;
  sum.resolved += one.resolved;
  sum.stuck += one.stuck;
  sum.virtual_ms += one.virtual_ms;
}

void print(const run_result& sum) {
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf("%llu records, %llu requests, %llu lives, %llu virtual seconds\n", number(sum.records),
              number(sum.requests), number(sum.lives), number(sum.virtual_ms / 1000));
  std::printf("%llu completed, %llu compensated, %llu resolved, %llu stuck\n", number(sum.completed),
              number(sum.compensated), number(sum.resolved), number(sum.stuck));
}

int replay(journal_kind over, std::uint64_t seed) {
  const auto result = run({.seed = seed, .over = over, .verbose = true});
  print(result);
  std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed),
              result.violated.empty() ? "every invariant holds" : result.violated.c_str());
  return result.violated.empty() ? 0 : 1;
}

int run_many(journal_kind over, std::uint64_t from, std::uint64_t seeds) {
  constexpr std::uint64_t run_twice = 20;
  const auto began = std::chrono::steady_clock::now();
  std::printf("seeds %llu to %llu\n", static_cast<unsigned long long>(from),
              static_cast<unsigned long long>(from + seeds - 1));
  run_result sum;
  for (std::uint64_t number = 0; number < seeds; ++number) {
    const auto seed = from + number;
    auto result = run({.seed = seed, .over = over});
    if (result.violated.empty() && number < run_twice && run({.seed = seed, .over = over}).hash != result.hash) {
      result.violated = "the same seed gives other records";
    }
    add(sum, result);
    if (result.violated.empty()) continue;
    std::printf("seed %llu: %s\nreplay it: simulation --journal %s --replay %llu\n",
                static_cast<unsigned long long>(seed), result.violated.c_str(), name(over),
                static_cast<unsigned long long>(seed));
    return 1;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  print(sum);
  std::printf("every invariant holds; %.0f runs a second\n", static_cast<double>(seeds) / took.count());
  return 0;
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
  std::printf("%zu probes were not reached\n", missed);
  return well && missed == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  const auto given = parse(count, words);
  if (!given) {
    std::fprintf(stderr, "simulation [--journal memory|log] ([--seeds N] [--from S] | --replay SEED) | --probes N\n");
    return 2;
  }
  if (given->probes) return run_probes(*given->probes);
  if (given->replay) return replay(given->over, *given->replay);
  const auto fresh = std::uint64_t{std::random_device{}()} << 16U;
  return run_many(given->over, given->from.value_or(fresh), given->seeds);
}

// simulation [--journal memory|log|shared] [--seeds N] [--from S]
// simulation [--journal memory|log|shared] --replay SEED [--sagas N] [--for MS] [--only PART,PART|none]
// simulation [--journal memory|log|shared] --find TEXT [--without PART] [--only-by PART] [--seeds N] [--from S]
// simulation --kept FILE
// simulation --probes N
//
// Runs N seeds from S on (fresh ones where S is not given), each twice for the first few: the same seed must give the
// same records. Stops at the first violation, leaves out of that run what it fails without, and prints how to see both
// again. `--find` is for a program that is wrong on purpose: it ends well when some seed of N (10,000, from 1) is a
// violation that begins so, and with `--only-by` none is without that part. `--kept` runs the seeds that a file lists,
// one a line: journal, seed, what it has found.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
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

constexpr const char* usage =
    "Runs sagad's own code in simulated worlds, one a seed, and checks after each that what is promised holds.\n\n"
    "simulation [--journal memory|log|shared] [--seeds N] [--from S]\n"
    "    N worlds, from seed S on (else fresh ones); one that fails is made small, and told with how to see it again\n"
    "simulation [--journal memory|log|shared] --replay SEED [--sagas N] [--for MS] [--only PART,PART|none]\n"
    "    that world, told step by step; of its sagas, its time and its weather only so much\n"
    "simulation [--journal memory|log|shared] --find TEXT [--without PART] [--only-by PART] [--seeds N] [--from S]\n"
    "    for a program that is wrong on purpose: whether a violation that begins so is found\n"
    "simulation --kept FILE\n"
    "    the seeds that the file lists\n"
    "simulation --probes N\n"
    "    at most N worlds over each journal, until each rare place was come to, and how often each was\n";

struct arguments {
  run_options options;
  std::optional<std::uint64_t> seeds;
  std::optional<std::uint64_t> from;
  bool replay = false;
  std::string find;
  std::uint64_t only_by = 0;  ///< a bit of weather_parts
  std::string kept;
  std::optional<std::uint64_t> probes;
};

std::string no_such_part(std::string_view name) {
  std::string known;
  for (const auto& part : weather_parts) known += (known.empty() ? "" : ", ") + std::string(part.name);
  return "there is no kind of weather `" + std::string(name) + "`, but " + known;
}

// Its bit; 0: there is none of this name.
std::uint64_t part_of(std::string_view name) {
  const auto found = std::find_if(std::begin(weather_parts), std::end(weather_parts),
                                  [name](const weather_part& part) { return part.name == name; });
  return found == std::end(weather_parts) ? 0 : std::uint64_t{1} << (found - std::begin(weather_parts));
}

// Names with commas between them, or `none`. What is wrong with them; empty: nothing.
std::string leave_out_all_but(std::string_view names, run_options& options) {
  options.without = (std::uint64_t{1} << std::size(weather_parts)) - 1;
  if (names == "none") return {};
  do {
    const auto one = names.substr(0, names.find(','));
    names.remove_prefix(std::min(names.size(), one.size() + 1));
    if (part_of(one) == 0) return "--only: " + no_such_part(one);
    options.without &= ~part_of(one);
  } while (!names.empty());
  return {};
}

bool parse_kind(std::string_view text, journal_kind& kind) {
  for (const auto known : {journal_kind::memory, journal_kind::log, journal_kind::shared}) {
    if (text != name(known)) continue;
    kind = known;
    return true;
  }
  return false;
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

// What is wrong with them; empty: nothing.
std::string parse(int count, char** words, arguments& given) {
  for (int at = 1; at < count; at += 2) {
    const std::string word = words[at];
    const std::string_view text = at + 1 < count ? words[at + 1] : "";
    if (word == "--journal") {
      if (!parse_kind(text, given.options.over)) return "--journal: memory, log or shared";
    } else if (word == "--find" || word == "--kept") {
      if (text.empty()) return word + ": something must follow";
      (word == "--find" ? given.find : given.kept) = text;
    } else if (word == "--only-by" || word == "--without") {
      if (part_of(text) == 0) return word + ": " + no_such_part(text);
      (word == "--without" ? given.options.without : given.only_by) |= part_of(text);
    } else if (word == "--only") {
      if (auto wrong = leave_out_all_but(text, given.options); !wrong.empty()) return wrong;
    } else {
      std::uint64_t value = 0;
      const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
      const bool is_number = read.ec == std::errc() && read.ptr == text.data() + text.size();
      if (!take_number(word, value, given)) return word + ": there is no such argument";
      if (!is_number) return word + ": a number must follow";
    }
  }
  const bool all_of_it = given.options.without == 0 && given.options.sagas_max == sagas_most &&
                         given.options.weather_ms_max == weather_ms_most;
  if (!given.replay && given.find.empty() && !all_of_it)
    return "--sagas, --for and --only are of one run: --replay says which";
  return {};
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

// Whether one of these seeds is a violation that begins so.
bool is_found(const std::string& wanted, run_options options, std::uint64_t seeds) {
  constexpr std::size_t alike = 30;  // what differs later, in names, is the same thing
  std::map<std::string, std::uint64_t> others;
  for (const auto end = options.seed + seeds; options.seed < end; ++options.seed) {
    const auto result = run(options);
    if (result.violated.empty()) continue;
    const auto line = result.violated.substr(0, result.violated.find('\n'));
    const bool right = line.rfind(wanted, 0) == 0;
    if (!right && !others.emplace(line.substr(0, alike), options.seed).second) continue;
    std::printf("%s with seed %llu: %s\n", right ? "found" : "another thing is found",
                static_cast<unsigned long long>(options.seed), line.c_str());
    if (right) return true;
  }
  std::printf("`%s` was not found in %llu seeds\n", wanted.c_str(), static_cast<unsigned long long>(seeds));
  return false;
}

// For a program that is wrong on purpose.
int find(const arguments& given) {
  constexpr std::uint64_t seeds_most = 10'000;
  auto options = given.options;
  options.seed = given.from.value_or(1);
  const auto seeds = given.seeds.value_or(seeds_most);
  if (!is_found(given.find, options, seeds)) return 1;
  if (given.only_by == 0) return 0;
  options.without |= given.only_by;
  std::printf("without that part:\n");
  return is_found(given.find, options, seeds) ? 1 : 0;
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
    if (!(words >> journal >> options.seed) || !parse_kind(journal, options.over)) {
      std::fprintf(stderr, "%s: not a journal and a seed: %s\n", path.c_str(), line.c_str());
      return 2;
    }
    ++count;
    const auto result = run(options);
    if (result.violated.empty()) continue;
    tell(options, result.violated);
    return 1;
  }
  std::printf("%zu kept seeds: every invariant holds\n", count);
  return count == 0 ? 1 : 0;
}

bool all_reached() {
  return std::ranges::all_of(sagad::all_probes(), [](const auto& one) { return one.reached != 0; });
}

// Seeds from 1 on over all journals by turns, until every probe was reached; fails when one is not in so many of each.
int run_probes(std::uint64_t seeds_max) {
  constexpr std::uint64_t at_a_turn = 250;
  std::uint64_t from = 1;
  for (; from <= seeds_max && !all_reached(); from += at_a_turn) {
    const auto seeds = std::min(at_a_turn, seeds_max - from + 1);
    for (const auto over : {journal_kind::memory, journal_kind::log, journal_kind::shared}) {
      if (run_many(over, from, seeds) != 0) return 1;
    }
  }
  std::size_t missed = 0;
  for (const auto& one : sagad::all_probes()) {
    const auto count = one.reached;
    std::printf("%10llu  %s\n", static_cast<unsigned long long>(count), one.name);
    if (count == 0) ++missed;
  }
  std::printf("of %zu probes %zu were not reached\n", sagad::all_probes().size(), missed);
  return missed == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  constexpr std::uint64_t seeds_else = 1'000;
  if (count == 2 && std::string_view(words[1]) == "--help") {
    std::fputs(usage, stdout);
    return 0;
  }
  arguments given;
  if (const auto wrong = parse(count, words, given); !wrong.empty()) {
    std::fprintf(stderr, "%s\n\n%s", wrong.c_str(), usage);
    return 2;
  }
  const auto over = given.options.over;
  if (given.probes) return run_probes(*given.probes);
  if (!given.kept.empty()) return run_kept(given.kept);
  if (given.replay) return replay(given.options);
  if (!given.find.empty()) return find(given);
  const auto fresh = std::uint64_t{std::random_device{}()} << 16U;
  return run_many(over, given.from.value_or(fresh), given.seeds.value_or(seeds_else));
}

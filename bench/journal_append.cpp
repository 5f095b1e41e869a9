#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/log_owner.hpp"

// What a commit of the log costs: batches of small records, each awaited, as one reactor commits by itself. And what an
// opening costs that finds many live and finished sagas.
//
//   bench_journal DIRECTORY [COMMITS] [RECORDS_A_COMMIT] [BYTES]
//   bench_journal DIRECTORY open LIVE FINISHED

namespace {

using namespace sagad;
using clock_type = std::chrono::steady_clock;

double milliseconds_since(clock_type::time_point begin) {
  return std::chrono::duration<double, std::milli>(clock_type::now() - begin).count();
}

double cpu_milliseconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

std::uint64_t number(const char* text) {
  std::uint64_t value = 0;
  std::from_chars(text, text + std::char_traits<char>::length(text), value);
  return value;
}

void must_be_written(const std::vector<journal::exception>& exceptions) {
  if (exceptions.empty()) return;
  std::fprintf(stderr, "an entry was refused: %d\n", static_cast<int>(exceptions[0].result));
  std::exit(1);
}

saga_id saga(std::uint64_t number) {
  const auto mixed = (number + 1) * 0x9e3779b97f4a7c15ULL;
  return saga_id::make(1'700'000'000'000 + static_cast<millis>(number / 10), static_cast<partition_no>(mixed % 256),
                       mixed);
}

// Sagas of six records each, so many at a time, each started with a key.
void append(const std::string& directory, std::uint64_t commits, std::uint64_t records, std::size_t bytes) {
  const auto store = bench::open_log(directory);
  bench::log_owner one(*store);
  const std::string content(bytes, 'x');
  constexpr std::uint32_t records_a_saga = 6;
  std::vector<double> took;
  took.reserve(commits);
  const auto first = store->opened().epoch * 1'000'000'000;
  const auto cpu = cpu_milliseconds();
  const auto begin = clock_type::now();
  for (std::uint64_t count = 0; count < commits; ++count) {
    const auto at = clock_type::now();
    for (std::uint64_t record = 0; record < records; ++record) {
      const auto of = first + count / records_a_saga * records + record;
      const auto seq = static_cast<std::uint32_t>(count % records_a_saga + 1);
      const auto text = "order-" + std::to_string(of);
      const journal::start_key key{text, {}, {}};
      one.append(saga(of), seq, content, seq == 1 ? &key : nullptr, seq == records_a_saga);
    }
    must_be_written(one.commit());
    took.push_back(milliseconds_since(at));
  }
  const auto total = milliseconds_since(begin);
  const auto events = static_cast<double>(commits * records);
  std::sort(took.begin(), took.end());
  const auto quantile = [&](double share) {
    return took[static_cast<std::size_t>(share * static_cast<double>(took.size() - 1))];
  };
  std::printf("commit ms: p50 %.3f p99 %.3f p99.9 %.3f max %.3f\n", quantile(0.5), quantile(0.99), quantile(0.999),
              took.back());
  std::printf("%.0f events/s, CPU %.2f us an event (all threads)\n", events / total * 1e3,
              (cpu_milliseconds() - cpu) / events * 1e3);
}

void open_with(const std::string& directory, std::uint64_t live, std::uint64_t finished) {
  {
    const auto store = bench::open_log(directory);
    bench::log_owner one(*store);
    const std::string content(200, 'x');
    constexpr std::uint64_t batch = 1'000;
    const auto all = live + finished;
    for (std::uint64_t at = 0; at < all; at += batch) {
      for (const std::uint32_t seq : {1U, 2U}) {
        for (auto number = at; number < std::min(all, at + batch); ++number) {
          // Spread evenly among the finished.
          const bool stays = number * live / all != (number + 1) * live / all;
          const auto text = "order-" + std::to_string(number);
          const journal::start_key key{text, {}, {}};
          one.append(saga(number), seq, content, seq == 1 ? &key : nullptr, seq == 2 && !stays);
        }
        must_be_written(one.commit());
      }
    }
  }
  for (int round = 0; round < 3; ++round) {
    const auto begin = clock_type::now();
    const auto store = bench::open_log(directory);
    const auto known = store->live().size();
    std::printf("opened with %zu live in %.1f ms\n", known, milliseconds_since(begin));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr,
                 "bench_journal DIRECTORY [COMMITS] [RECORDS_A_COMMIT] [BYTES] | DIRECTORY open LIVE FINISHED\n");
    return 2;
  }
  if (argc == 5 && std::string(argv[2]) == "open") {
    open_with(argv[1], number(argv[3]), number(argv[4]));
    return 0;
  }
  const auto argument = [&](int at, std::uint64_t otherwise) { return argc > at ? number(argv[at]) : otherwise; };
  append(argv[1], argument(2, 20'000), argument(3, 24), argument(4, 200));
  return 0;
}

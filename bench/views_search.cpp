// Lists among many finished sagas: a file of views is built by the projector, as sagad's own are, of a journal that is
// made up; then pages are read by each filter that an index serves, at random places of the whole, and by some of which
// rows are looked at one by one. Prints a line each, with the CPU time of a page: on a machine that others use it is
// what stays the same. Ends with 1 where an indexed filter is slower than its bound, or gave up.
//
//     bench_views_search --file views.db [--sagas 10000000] [--pages 400] [--bound-ms 50]
//
// A file that is there already is used, and gone on with where it holds fewer.

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>
#include <random>

#include "bench/arguments.hpp"
#include "bench/generated_journal.hpp"
#include "views/projector.hpp"
#include "views/search.hpp"

namespace {

using namespace sagad;
using bench::generated_journal;
using steady = std::chrono::steady_clock;

constexpr std::size_t records_at_once = 1024;  // as the keeper reads and writes
constexpr std::size_t rows_at_once = 4096;

double seconds_since(steady::time_point begun) {
  return std::chrono::duration<double>(steady::now() - begun).count();
}

double thread_cpu_ms() {
  timespec spent{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) * 1e3 + static_cast<double>(spent.tv_nsec) / 1e6;
}

std::vector<definition::definition_ptr> make_definitions() {
  std::vector<definition::definition_ptr> made;
  for (std::string const name : {"sale", "refund", "auction", "gift", "trade"}) {
    auto const loaded =
        definition::load("saga: " + name +
                             "\nlabels: {buyer: {from: '${input.buyer}', indexed: true}, region: {from: "
                             "'${input.region}', indexed: true}}\n"
                             "steps:\n"
                             "  - {step: reserve, participant: bench, action: {post: /a}, compensation: none}\n"
                             "  - {step: settle, participant: bench, action: {post: /b}, compensation: none}\n",
                         {{}, false, true});
    made.push_back(std::get<definition::definition_ptr>(loaded));
  }
  return made;
}

void build(journal::store& store, std::unique_ptr<views::database>& file, std::uint64_t missing) {
  auto const begun = steady::now();
  views::projector into(store, std::move(file));
  for (bool all = false; !all;) {
    all = into.read(records_at_once);
    if (all || into.rows_waiting() >= rows_at_once) into.write(generated_journal::began_at);
  }
  file = into.release();
  file->gather();
  auto const took = seconds_since(begun);
  std::printf("built %llu rows in %.0f s, %.1f us each with the making up of their records\n",
              static_cast<unsigned long long>(missing), took, took * 1e6 / static_cast<double>(missing));
  std::fflush(stdout);
}

struct kind {
  const char* name;
  bool indexed;
  std::function<void(views::query&, std::uint64_t number)> fill;  ///< `number`: of some saga there is
};

std::vector<kind> kinds() {
  using views::query;
  using views::shown;
  auto const label = [](std::string name, std::string value) { return std::pair(std::move(name), std::move(value)); };
  return {
      {"all", true, [](query&, auto) {}},
      {"definition", true, [](query& of, auto) { of.filter.definition = "sale"; }},
      {"state", true, [](query& of, auto) { of.filter.states = views::only(shown::compensated); }},
      {"definition and state", true,
       [](query& of, auto) {
         of.filter.definition = "sale";
         of.filter.states = views::only(shown::compensated);
       }},
      {"step", true, [](query& of, auto) { of.filter.step = "settle"; }},
      {"error", true,
       [](query& of, auto) { of.filter.error = static_cast<std::int64_t>(engine::cause::budget_spent); }},
      {"starter", true, [](query& of, auto number) { of.filter.starter = generated_journal::starter(number); }},
      {"time", true,
       [](query& of, auto number) {
         of.filter.since = generated_journal::id(number).made_at() - 3'600'000;
         of.filter.until = generated_journal::id(number).made_at();
       }},
      {"id", true,
       [](query& of, auto number) {
         of.before.reset();
         of.filter.lowest = of.filter.highest = generated_journal::id(number);
       }},
      {"label of few values", true,
       [=](query& of, auto number) { of.filter.labels = {label("region", generated_journal::region(number))}; }},
      {"label of many values", true,
       [=](query& of, auto number) {
         of.before.reset();
         of.filter.labels = {label("buyer", generated_journal::buyer(number))};
       }},
      {"counts", true,
       [](query& of, auto) {
         of.counts = true;
         of.sagas_max = 1;
       }},
      {"text (no index)", false, [](query& of, auto number) { of.filter.text = "order-" + std::to_string(number); }},
      {"label and definition (one index)", false,
       [=](query& of, auto number) {
         of.filter.labels = {label("region", generated_journal::region(number))};
         of.filter.definition = "gift";
       }},
      {"state and starter (one index)", false,
       [](query& of, auto number) {
         of.filter.states = views::only(shown::compensated);
         of.filter.starter = generated_journal::starter(number);
       }},
  };
}

struct measured {
  std::vector<double> took_ms;  // sorted
  std::vector<double> cpu_ms;   // sorted
  std::size_t ended_early = 0;
  std::size_t empty = 0;

  static double at(const std::vector<double>& sorted, double part) {
    return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
  }
};

measured measure(const kind& one, views::database& file, std::uint64_t sagas, std::size_t pages) {
  std::mt19937_64 dice(1);
  views::page_budget budget;
  budget.steady_milliseconds = [] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(steady::now().time_since_epoch()).count();
  };
  measured all;
  for (std::size_t page = 0; page < pages; ++page) {
    views::query query;
    // Every other page is the first one; the others go on from anywhere.
    if (page % 2 == 1) query.before = generated_journal::id(dice() % sagas);
    one.fill(query, dice() % sagas);
    auto const begun = steady::now();
    auto const cpu = thread_cpu_ms();
    auto const found = views::search(query, file, budget);
    all.cpu_ms.push_back(thread_cpu_ms() - cpu);
    all.took_ms.push_back(seconds_since(begun) * 1e3);
    if (found.reached) ++all.ended_early;
    if (found.sagas == "[]") ++all.empty;
  }
  std::sort(all.took_ms.begin(), all.took_ms.end());
  std::sort(all.cpu_ms.begin(), all.cpu_ms.end());
  return all;
}

// Whether it keeps within the bound; what no index serves may take what it needs.
bool tell(const kind& one, const measured& all, double bound_ms) {
  bool const met = !one.indexed || (measured::at(all.took_ms, 0.99) <= bound_ms && all.ended_early == 0);
  std::printf(
      "  %-34s p50 %7.2f ms   p99 %7.2f ms   max %7.2f ms   CPU p50 %6.2f ms, p99 %6.2f ms   empty %3zu   ended early "
      "%3zu%s\n",
      one.name, measured::at(all.took_ms, 0.5), measured::at(all.took_ms, 0.99), all.took_ms.back(),
      measured::at(all.cpu_ms, 0.5), measured::at(all.cpu_ms, 0.99), all.empty, all.ended_early,
      !one.indexed ? ""
      : met        ? "   met"
                   : "   MISSED");
  std::fflush(stdout);
  return met;
}

}  // namespace

int main(int count, char** values) {
  bench::arguments const given(count, values);
  auto const path = given.text("file");
  if (path.empty()) bench::arguments::fail("--file says where the views are built");
  auto const sagas = static_cast<std::uint64_t>(given.number("sagas", 10'000'000));
  auto const pages = std::max<std::size_t>(1, static_cast<std::size_t>(given.number("pages", 400)));
  auto const bound_ms = given.number("bound-ms", 50);
  auto const definitions = make_definitions();
  generated_journal store(definitions, sagas);
  views::definition_source const source = [&](const digest& content) -> definition::definition_ptr {
    for (auto const& one : definitions) {
      if (one->content == content) return one;
    }
    return nullptr;
  };
  auto const boot = views::this_boot();
  auto file = views::database::open(path, store.opened().identity, source, boot).file;
  if (file == nullptr) file = views::database::create(path, store.opened().identity, source, boot);
  if (file->rows() < sagas) {
    build(store, file, sagas - file->rows());
    file->settle();
  }
  std::printf("%zu pages of each among %llu sagas, target of those with an index: p99 <= %.0f ms\n", pages,
              static_cast<unsigned long long>(file->rows()), bound_ms);
  bool met = true;
  for (auto const& one : kinds()) met &= tell(one, measure(one, *file, sagas, pages), bound_ms);
  return met ? 0 : 1;
}

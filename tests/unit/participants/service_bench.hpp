#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "compensations/barrier/guard.hpp"
#include "compensations/barrier/request_digest.hpp"
#include "compensations/barrier/saga_time.hpp"
#include "participants/sdk/effects.hpp"
#include "participants/sdk/path_pattern.hpp"
#include "participants/sdk/problem.hpp"
#include "participants/sdk/service.hpp"

namespace sagad::participants::test {

/// A saga id for the n-th saga of a test.
inline std::string saga_number(int n) {
  std::string id = barrier::earliest_saga_id(1'700'000'000'000);
  const std::string digits = std::to_string(n);
  id.replace(id.size() - digits.size(), digits.size(), digits);
  return id;
}

/// The database of a bench: one in memory where a program links one implementation, a schema of PostgreSQL's where it
/// links the other.
barrier::connection open_bench_database();
/// So many calls are a random mix.
extern const int mixed_calls;

/// A service with its barrier over a database of its own, without threads and HTTP.
class service_bench {
 public:
  explicit service_bench(service what) : what_(std::move(what)) {
    create_effects(db);
    db.define(what_.schema);
  }

  barrier::answer call(const std::string& path, const std::string& saga, const std::string& step,
                       const std::string& body, std::int64_t generation = 1) {
    const asked_call one = read({path, saga, step, body, generation});
    return guard_.perform(one.of, [&] { return run(one, false); });
  }

  /// A call as it comes, for what else may become of it.
  struct request {
    std::string path;
    std::string saga;
    std::string step;
    std::string body;
    std::int64_t generation = 1;

    auto operator<=>(const request&) const = default;
  };
  barrier::answer call(const request& asked) {
    return call(asked.path, asked.saga, asked.step, asked.body, asked.generation);
  }
  /// Answers it 202; `finish` does it, `abandon` gives it up. Both say whether it was still awaited.
  barrier::answer accept(const request& asked) {
    return guard_.perform(read(asked).of, [] { return accepted("{}"); });
  }
  bool finish(const request& asked) {
    const asked_call one = read(asked);
    if (!db.begin()) throw std::logic_error("nobody else has this database");
    const bool awaited = guard_.finish(one.of, [&] { return run(one, true); }).has_value();
    db.commit();
    return awaited;
  }
  bool abandon(const request& asked) {
    if (!db.begin()) throw std::logic_error("nobody else has this database");
    const bool awaited = guard_.abandon(read(asked).of);
    db.commit();
    return awaited;
  }
  /// The process fails after the business and before the commit, if the business is run at all.
  void call_and_fail(const request& asked) {
    const asked_call one = read(asked);
    try {
      guard_.perform(one.of, [&]() -> barrier::business_result {
        run(one, false);
        throw failure();
      });
    } catch (const failure&) {
    }
  }

  http_reply plain(const std::string& method, const std::string& path, const std::string& body = {}) {
    const http_request asked{method, path, {}, body};
    for (const auto& route : what_.plain) {
      const auto values = fit_path(route.pattern, asked.path());
      if (route.method == method && values) return route.run(db, asked, *values);
    }
    throw std::logic_error("no route " + method + " " + path);
  }

  std::int64_t number(const char* sql) {
    auto select = db.prepare(sql);
    return select.step() ? select.integer(0) : -1;
  }

  std::string text(const char* sql) {
    auto select = db.prepare(sql);
    return select.step() ? select.text(0) : "";
  }

  barrier::connection db = open_bench_database();

 private:
  class failure {};
  struct asked_call {
    const call_route& route;
    http_request asked;
    barrier::call of;
  };

  asked_call read(const request& from) const {
    const call_route& route = find(from.path);
    return {route,
            {"POST", from.path, {}, from.body},
            {.saga = from.saga,
             .step = from.step,
             .of = route.of,
             .generation = from.generation,
             .request_digest = barrier::request_digest("POST", from.path, from.body)}};
  }

  barrier::business_result run(const asked_call& one, bool late) {
    transaction tx{.db = db, .of = one.of, .now_ms = ++now_ms_, .late = late};
    return run_with_effect(one.route.run, tx, one.asked);
  }

  const call_route& find(const std::string& path) const {
    for (const auto& route : what_.calls) {
      if (route.path == path) return route;
    }
    throw std::logic_error("no call " + path);
  }

  service what_;
  std::int64_t now_ms_ = 1'700'000'000'000;
  barrier::guard guard_{db, {}, [this] { return now_ms_; }};
};

}  // namespace sagad::participants::test

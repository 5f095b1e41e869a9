#pragma once

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

/// A service with its barrier over a database in memory, without threads and HTTP.
class service_bench {
 public:
  explicit service_bench(service what) : what_(std::move(what)) {
    create_effects(db);
    db.execute(what_.schema);
  }

  barrier::answer call(const std::string& path, const std::string& saga, const std::string& step,
                       const std::string& body, std::int64_t generation = 1) {
    const call_route& route = find(path);
    const http_request asked{"POST", path, {}, body};
    const barrier::call of{.saga = saga,
                           .step = step,
                           .of = route.of,
                           .generation = generation,
                           .request_digest = barrier::request_digest("POST", path, body)};
    transaction tx{.db = db, .of = of, .now_ms = ++now_ms_, .late = false};
    return guard_.perform(of, [&] { return run_with_effect(route.run, tx, asked); });
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

  barrier::connection db{{.path = ":memory:", .sync = barrier::durability::normal}};

 private:
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

#include "tests/unit/participants/service_bench.hpp"

namespace sagad::participants::test {

const int mixed_calls = 2000;

barrier::connection open_bench_database() {
  return barrier::connection({.place = ":memory:", .sync = barrier::durability::normal});
}

}  // namespace sagad::participants::test

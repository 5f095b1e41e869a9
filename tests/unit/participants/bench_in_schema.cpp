#include "tests/support/postgres_server.hpp"
#include "tests/unit/participants/service_bench.hpp"

namespace sagad::participants::test {

using sagad::tests::postgres_server;

const int mixed_calls = 1000;  // each takes a journey to the server for each of its statements

barrier::connection open_bench_database() {
  barrier::connection db({.place = postgres_server::the().url(postgres_server::the().fresh_schema())});
  // As SQLite has it: what a test asks is asked of both.
  db.execute(
      "CREATE FUNCTION joined(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS "
      "$$ SELECT coalesce($1 || ',', '') || $2 $$");
  db.execute("CREATE AGGREGATE group_concat(text) (SFUNC = joined, STYPE = text)");
  return db;
}

}  // namespace sagad::participants::test

#include "tests/support/eventually.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/unit/barrier/scratch_database.hpp"

namespace sagad::barrier::test {

using sagad::tests::postgres_client;
using sagad::tests::postgres_server;

scratch_database::scratch_database() : place_(postgres_server::the().url(postgres_server::the().fresh_schema())) {}

scratch_database::~scratch_database() {
  const std::string schema = postgres_client(place_).ask("SELECT current_schema()");
  postgres_server::the().drop_schema(schema);
}

connection::options scratch_database::options(std::chrono::milliseconds wait_max) const {
  return {.place = place_, .wait_max = wait_max};
}

class lock_watch::parts {
 public:
  postgres_client server{postgres_server::the().url("public")};
};

lock_watch::lock_watch() : parts_(std::make_unique<parts>()) {}

lock_watch::~lock_watch() = default;

bool lock_watch::callers_wait(std::size_t count) {
  return sagad::tests::eventually([&] {
    return std::stoul(parts_->server.ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")) >=
           count;
  });
}

}  // namespace sagad::barrier::test

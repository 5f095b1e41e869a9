// Participants whose data lie in PostgreSQL, as processes.
#include <csignal>
#include <thread>

#include "tests/integration/participants/market.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/postgres_server.hpp"

namespace sagad::participants::test {
namespace {

using sagad::tests::eventually;
using sagad::tests::postgres_client;
using sagad::tests::postgres_server;
using testing::HasSubstr;

class escrow_in_postgresql : public testing::Test {
 protected:
  void SetUp() override {
    running = start();
    ask(running->port(), "POST", "/admin/accounts",
        R"([{"account":"alice","balance":100000},{"account":"bob","balance":0}])");
  }
  std::unique_ptr<running_participant> start(std::vector<std::string> more = {}) const {
    return std::make_unique<running_participant>("escrow", url, std::move(more));
  }
  heard hold(int saga, int amount = 250) const { return ask(running->port(), hold_call(saga, amount)); }
  static saga_call hold_call(int saga, int amount = 250) {
    return {.path = "/v1/holds",
            .saga = saga_number(saga),
            .body = R"({"account":"alice","amount":)" + std::to_string(amount) + "}"};
  }
  static saga_call release_call(int saga) {
    return {.path = "/v1/holds/release", .saga = saga_number(saga), .operation = "compensation"};
  }
  std::string books() const { return ask(running->port(), "GET", "/admin/books").body; }
  std::string number(const std::string& sql) const { return postgres_client(url).ask(sql); }
  /// What the start of one says that does not go.
  static std::string refused(const std::string& database, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"--listen", "127.0.0.1:0", "--database", database};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const finished end = run_to_end("escrow", arguments);
    EXPECT_NE(end.code, 0);
    return end.printed;
  }

  const std::string url = postgres_server::the().url(postgres_server::the().fresh_schema());
  std::unique_ptr<running_participant> running;
};

TEST_F(escrow_in_postgresql, what_was_answered_survives_a_kill) {
  EXPECT_EQ(hold(1).body, R"({"hold":"h-1","amount":250})");
  EXPECT_EQ(hold(2, 200000).header("saga-outcome"), "rejected");
  running->signal(SIGKILL);
  EXPECT_EQ(running->wait(), -SIGKILL);
  running = start();
  EXPECT_EQ(hold(1).body, R"({"hold":"h-1","amount":250})");
  EXPECT_EQ(hold(2, 200000).header("saga-outcome"), "rejected");
  EXPECT_EQ(ask(running->port(), release_call(1)).header("saga-outcome"), "done");
  EXPECT_EQ(hold(1).status, 410);
  EXPECT_THAT(books(), HasSubstr(R"("balances":100000,"held":0)"));
  EXPECT_EQ(number("SELECT count(*) FROM effects"), "2");
}

TEST_F(escrow_in_postgresql, two_processes_that_share_it_do_everything_once) {
  const auto other = start();
  constexpr int sagas = 60;
  // Each action and each undo comes to both, by several callers at once; which of a saga's comes first is a matter of
  // luck.
  std::vector<std::thread> threads;
  for (int caller = 0; caller < 4; ++caller) {
    threads.emplace_back([&, caller] {
      const auto port = caller % 2 == 0 ? running->port() : other->port();
      for (int saga = 0; saga < sagas; ++saga) {
        if (caller < 2 || saga % 3 == 0) ask(port, hold_call(saga));
        if (saga % 2 == 0) ask(port, release_call(saga));
      }
    });
  }
  for (auto& caller : threads) caller.join();
  EXPECT_EQ(number("SELECT count(*) FROM (SELECT 1 FROM effects GROUP BY saga, step, operation HAVING count(*) > 1) t"),
            "0");
  EXPECT_EQ(number("SELECT count(*) FROM effects WHERE operation = 'action'"), number("SELECT count(*) FROM holds"));
  EXPECT_EQ(number("SELECT count(*) FROM holds WHERE state = 'held'"), std::to_string(sagas / 2));
  EXPECT_THAT(books(), HasSubstr(R"("held":7500,)"));
  EXPECT_THAT(books(), HasSubstr(R"("total":100000,)"));
}

TEST_F(escrow_in_postgresql, many_that_start_at_once_on_an_empty_database_all_run) {
  const auto fresh = postgres_server::the().url(postgres_server::the().fresh_schema());
  std::vector<std::unique_ptr<running_participant>> all(4);
  std::vector<std::thread> starters;
  for (auto& one : all) {
    starters.emplace_back([&] { one = std::make_unique<running_participant>("transfer", fresh); });
  }
  for (auto& starter : starters) starter.join();
  for (const auto& one : all) EXPECT_EQ(ask(one->port(), "GET", "/healthz").status, 200);
}

TEST_F(escrow_in_postgresql, waits_for_a_server_that_fell_and_goes_on_with_it) {
  EXPECT_EQ(hold(1).status, 200);
  postgres_server::the().fall();
  const heard away = hold(2);
  EXPECT_EQ(away.status, 503);
  EXPECT_EQ(away.header("retry-after"), "1");
  EXPECT_EQ(away.header("saga-outcome"), "") << "the status says it: nothing was begun";
  EXPECT_EQ(ask(running->port(), "GET", "/healthz").status, 503);
  EXPECT_EQ(ask(running->port(), "GET", "/v1/accounts/alice").status, 503);
  postgres_server::the().start();
  EXPECT_EQ(hold(2).status, 200);
  EXPECT_EQ(hold(1).body, R"({"hold":"h-1","amount":250})");
  EXPECT_THAT(ask(running->port(), "GET", "/v1/accounts/alice").body, HasSubstr(R"("balance":99500)"));
}

// A trigger that waits for a lock when the transaction is committed, and the session is ended there.
TEST_F(escrow_in_postgresql, a_commit_that_was_cut_is_told_as_unknown_and_the_repeat_finds_out) {
  postgres_client server(url);
  server.ask(
      "CREATE FUNCTION holds_up() RETURNS trigger AS $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END "
      "$$ LANGUAGE plpgsql");
  server.ask(
      "CREATE CONSTRAINT TRIGGER held_up AFTER INSERT ON holds DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
      "EXECUTE FUNCTION holds_up()");
  server.ask("SELECT pg_advisory_lock(1)");
  heard said;
  std::thread caller([&] { said = hold(1); });
  const bool cut = eventually([&] {
    return server.ask(
               "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = "
               "'escrow writer' AND query LIKE '%COMMIT' AND wait_event_type = 'Lock'") == "1";
  });
  caller.join();
  ASSERT_TRUE(cut);
  EXPECT_EQ(said.status, 500);
  EXPECT_EQ(said.header("saga-outcome"), "failed");
  EXPECT_THAT(said.body, HasSubstr("it is not known whether this happened"));
  server.ask("SELECT pg_advisory_unlock(1)");
  EXPECT_EQ(hold(1).status, 200);
  EXPECT_EQ(number("SELECT count(*) FROM effects"), "1");
}

TEST_F(escrow_in_postgresql, late_work_goes_on_in_another_process) {
  running = start({"--answer-later", "/v1/holds=3600000"});
  EXPECT_EQ(hold(1).status, 202);
  running->signal(SIGKILL);
  running->wait();
  running = start();
  EXPECT_EQ(hold(1).status, 202);
  ask(running->port(), "POST", "/admin/later/release");
  EXPECT_TRUE(eventually([&] { return hold(1).status == 200; }));
  EXPECT_EQ(number("SELECT count(*) FROM late_job"), "0");
}

TEST_F(escrow_in_postgresql, its_pages_read_what_is_there) {
  hold(1);
  hold(2);
  EXPECT_THAT(ask(running->port(), "GET", "/admin/ledger?after=1").body, HasSubstr(R"("next":2)"));
  EXPECT_THAT(ask(running->port(), "GET", "/saga-barrier").body, HasSubstr(R"("state":"done")"));
}

TEST_F(escrow_in_postgresql, what_does_not_go_is_told_in_one_line_at_the_start) {
  EXPECT_THAT(refused("postgresql://sagad@nowhere.invalid/x"),
              testing::MatchesRegex("escrow: cannot connect to the database: [^\n]*nowhere.invalid[^\n]*\n"));
  EXPECT_THAT(refused(postgres_server::the().url("no_such_schema")), HasSubstr("CREATE SCHEMA"));
  EXPECT_THAT(refused(url, {"--sync", "normal"}), HasSubstr("is for a file"));
  const auto secret = refused("postgresql://sagad:hunter2@localhost/x");
  EXPECT_THAT(secret, HasSubstr(".pgpass"));
  EXPECT_THAT(secret, testing::Not(HasSubstr("hunter2")));
}

TEST_F(escrow_in_postgresql, a_server_that_loses_what_it_committed_is_refused) {
  postgres_client(url).ask("ALTER ROLE sagad SET synchronous_commit = off");
  EXPECT_THAT(refused(url), HasSubstr("synchronous_commit = off"));
  postgres_client(url).ask("ALTER ROLE sagad RESET synchronous_commit");
}

}  // namespace
}  // namespace sagad::participants::test

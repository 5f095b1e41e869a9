// What PostgreSQL alone has: sessions that end, locks of rows, settings and rights.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "compensations/barrier/sql_error.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/unit/barrier/scratch_database.hpp"

namespace sagad::barrier::test {
namespace {

using sagad::tests::postgres_client;
using sagad::tests::postgres_server;
using testing::HasSubstr;

/// What opening says that is refused; empty: it is not.
std::string refusal(const std::string& place) {
  try {
    connection db({.place = place});
    guard barrier(db, {}, [] { return std::int64_t{0}; });
    return {};
  } catch (const sql_error& error) {
    return error.what();
  }
}

class barrier_postgresql : public testing::Test {
 protected:
  std::string place() const { return file.options().place; }
  /// Ends the session that writes as one, as an administrator or a failing network does.
  void end_session(const std::string& application) {
    EXPECT_EQ(postgres_client(place()).ask("SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity WHERE "
                                           "application_name = '" +
                                           application + " writer'"),
              "1");
  }
  connection::options called(const std::string& name) const {
    auto options = file.options();
    options.application = name;
    return options;
  }
  std::int64_t rows() { return std::stoll(postgres_client(place()).ask("SELECT count(*) FROM barrier")); }

  scratch_database file;
  side one{called("one")};
};

TEST_F(barrier_postgresql, a_session_that_ends_in_a_transaction_leaves_nothing_and_the_next_call_has_another) {
  ASSERT_TRUE(one.db.begin());
  one.barrier.enter(action_call(), one.happened.doing("action", done_with("held")));
  end_session("one");
  EXPECT_THROW(one.happened.times("action"), transaction_lost);
  EXPECT_FALSE(one.db.in_transaction());
  one.db.rollback();
  EXPECT_EQ(one.perform(action_call(), done_with("again")).body, "again");
  EXPECT_EQ(one.happened.times("action"), 1);
}

TEST_F(barrier_postgresql, a_session_that_ends_inside_the_business_is_told_as_lost) {
  ASSERT_TRUE(one.db.begin());
  EXPECT_THROW(one.barrier.enter(action_call(),
                                 [&]() -> business_result {
                                   end_session("one");
                                   one.happened.doing("action", done_with("held"))();
                                   return done_with("held");
                                 }),
               transaction_lost);
  EXPECT_EQ(rows(), 0);
}

TEST_F(barrier_postgresql, a_session_that_ends_before_the_commit_is_answered_leaves_it_unknown) {
  ASSERT_TRUE(one.db.begin());
  one.barrier.enter(action_call(), one.happened.doing("action", done_with("held")));
  end_session("one");
  EXPECT_THROW(one.db.commit(), commit_unknown);
  EXPECT_EQ(one.perform(action_call(), done_with("again")).body, "again");
}

// A trigger that waits for a lock when the transaction is committed: the session is in its commit for so long.
TEST_F(barrier_postgresql, a_commit_that_goes_on_without_its_caller_is_waited_for_and_found) {
  postgres_client server(place());
  server.ask(
      "CREATE FUNCTION holds_up() RETURNS trigger AS $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END "
      "$$ LANGUAGE plpgsql");
  server.ask(
      "CREATE CONSTRAINT TRIGGER held_up AFTER INSERT ON happened DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
      "EXECUTE FUNCTION holds_up()");
  lock_watch watch;
  server.ask("SELECT pg_advisory_lock(1)");
  const pid_t caller = fork();
  ASSERT_GE(caller, 0);
  if (caller == 0) {
    side killed(called("killed"));
    killed.perform(action_call(), done_with("held"));
    _exit(0);
  }
  const bool commits = watch.callers_wait(1);
  kill(caller, SIGKILL);
  waitpid(caller, nullptr, 0);
  ASSERT_TRUE(commits);
  answer heard;
  std::thread again([&] { heard = one.perform(action_call(), done_with("again")); });
  EXPECT_TRUE(watch.callers_wait(2)) << "the repeat waits for the turn that is still taken";
  server.ask("SELECT pg_advisory_unlock(1)");
  again.join();
  EXPECT_EQ(heard.body, "held");
  EXPECT_EQ(one.happened.times("action"), 1);
}

TEST_F(barrier_postgresql, goes_on_after_the_server_was_begun_anew) {
  one.perform(action_call(), done_with("held"));
  postgres_server::the().restart();
  EXPECT_EQ(one.perform(action_call(), done_with("again")).body, "held");
}

TEST_F(barrier_postgresql, while_the_server_is_away_nothing_begins) {
  auto options = file.options();
  options.place.replace(options.place.find("port=5432"), 9, "port=5433");
  EXPECT_THROW(connection db(options), database_away);
}

TEST_F(barrier_postgresql, a_row_that_somebody_without_a_turn_keeps_is_waited_for_and_answered_in_progress) {
  side impatient(file.options(std::chrono::milliseconds(20)));
  postgres_client other(place());
  other.ask("BEGIN");
  other.ask("INSERT INTO barrier VALUES ('" + std::string(some_saga) +
            "', 'escrow', 1, 'done', 'digest', 200, 'theirs', NULL, NULL, 0)");
  const answer early = impatient.perform(action_call(), done_with("ours"));
  EXPECT_EQ(early.status, 425);
  EXPECT_EQ(early.what, outcome::in_progress);
  other.ask("COMMIT");
  EXPECT_EQ(impatient.perform(action_call(), done_with("ours")).body, "theirs");

  other.ask("BEGIN");
  other.ask("UPDATE barrier SET state = 'undone', undo_status = 200, undo_body = 'theirs'");
  EXPECT_EQ(impatient.perform(compensation_call(), done_with("ours")).status, 425);
  other.ask("COMMIT");
  EXPECT_EQ(impatient.perform(compensation_call(), done_with("ours")).body, "theirs");
  EXPECT_EQ(one.happened.times("action"), 0);
  EXPECT_EQ(one.happened.times("undo"), 0);
}

TEST_F(barrier_postgresql, schemas_of_one_database_do_not_wait_for_each_other) {
  const scratch_database beside;
  side other(beside.options(std::chrono::milliseconds(20)));
  ASSERT_TRUE(one.db.begin());
  EXPECT_EQ(other.perform(action_call(), done_with("held")).status, 200);
  one.db.commit();
}

TEST_F(barrier_postgresql, many_that_open_it_at_once_make_its_tables_once) {
  const scratch_database fresh;
  std::vector<std::thread> openers;
  std::atomic<int> open = 0;
  for (int i = 0; i < 6; ++i) {
    openers.emplace_back([&] {
      connection db(fresh.options());
      hand_clock clock;
      const guard barrier(db, {}, clock.reader());
      ++open;
    });
  }
  for (auto& opener : openers) opener.join();
  EXPECT_EQ(open, 6);
}

TEST_F(barrier_postgresql, a_statement_that_is_refused_takes_back_its_savepoint_alone) {
  one.db.execute("CREATE TABLE notes(text TEXT NOT NULL UNIQUE)");
  const auto note = [this](const std::string& text) {
    one.db.prepare("INSERT INTO notes VALUES (?)").bind(text).run();
  };
  ASSERT_TRUE(one.db.begin());
  note("a");
  for (int i = 0; i < 2; ++i) {  // planned the first time, and not the second
    savepoint part(one.db);
    EXPECT_THROW(note("a"), sql_error);
    EXPECT_THROW(part.keep(), sql_error) << "what failed is not kept";
  }
  {
    savepoint part(one.db);
    EXPECT_THROW(one.db.prepare("SELEKT 1").run(), sql_error);
    part.take_back();
  }
  note("b");
  one.db.commit();
  EXPECT_EQ(postgres_client(place()).ask("SELECT string_agg(text, ' ' ORDER BY text) FROM notes"), "a b");
}

TEST_F(barrier_postgresql, a_commit_of_what_failed_is_none) {
  ASSERT_TRUE(one.db.begin());
  EXPECT_THROW(one.db.execute("SELECT 1 / 0"), sql_error);
  EXPECT_THROW(one.db.commit(), transaction_lost);
  EXPECT_FALSE(one.db.in_transaction());
}

TEST_F(barrier_postgresql, a_text_that_it_cannot_hold_is_refused_and_not_cut) {
  one.db.execute("CREATE TABLE notes(text TEXT)");
  EXPECT_THROW(one.db.prepare("INSERT INTO notes VALUES (?)").bind(std::string("a\0b", 3)).run(), sql_error);
  EXPECT_EQ(postgres_client(place()).ask("SELECT count(*) FROM notes"), "0");
}

TEST_F(barrier_postgresql, a_sum_beyond_64_bits_is_an_error) {
  auto sum = one.db.prepare("SELECT sum(n) FROM (VALUES (9223372036854775807), (1)) AS two(n)");
  ASSERT_TRUE(sum.step());
  EXPECT_THROW(sum.integer(0), sql_error);
}

TEST_F(barrier_postgresql, texts_sort_by_their_bytes) {
  one.db.define("CREATE TABLE IF NOT EXISTS notes(text TEXT NOT NULL)");
  one.db.execute("INSERT INTO notes VALUES ('a_b'), ('a-c'), ('B'), ('ab')");
  EXPECT_EQ(postgres_client(place()).ask("SELECT string_agg(text, ' ') FROM (SELECT text FROM notes ORDER BY text) n"),
            "B a-c a_b ab");
}

TEST_F(barrier_postgresql, a_user_who_may_not_make_tables_is_told_what_to_do_and_may_use_those_that_are_there) {
  postgres_client server(place());
  const auto schema = server.ask("SELECT current_schema()");
  server.ask("CREATE ROLE guest LOGIN");
  server.ask("GRANT USAGE ON SCHEMA " + schema + " TO guest");
  auto as_guest = place();
  as_guest.replace(as_guest.find("//sagad@"), 8, "//guest@");
  server.ask("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + schema + " TO guest");
  EXPECT_EQ(refusal(as_guest), "");
  server.ask("DROP TABLE barrier");
  EXPECT_THAT(refusal(as_guest), testing::AllOf(HasSubstr("permission denied"), HasSubstr("GRANT USAGE, CREATE")));
  server.ask("DROP OWNED BY guest");
  server.ask("DROP ROLE guest");
}

TEST_F(barrier_postgresql, what_would_lose_commits_is_refused) {
  postgres_client(place()).ask("ALTER ROLE sagad SET synchronous_commit = off");
  EXPECT_THAT(refusal(place()), testing::AllOf(HasSubstr("synchronous_commit = off"), HasSubstr("set ")));
  postgres_client(place()).ask("ALTER ROLE sagad RESET synchronous_commit");
  EXPECT_EQ(refusal(place()), "");
}

TEST_F(barrier_postgresql, a_place_that_leads_nowhere_is_told) {
  EXPECT_THAT(refusal("postgresql://sagad@nowhere.invalid/x"), HasSubstr("nowhere.invalid"));
  EXPECT_THAT(refusal("postgresql://sagad@/x?no_such_thing=1"), HasSubstr("no_such_thing"));
  auto other = place();
  other.replace(other.find("/postgres?"), 10, "/missing?");
  EXPECT_THAT(refusal(other), HasSubstr("\"missing\" does not exist"));
  EXPECT_THAT(refusal(postgres_server::the().url("no_such_schema")), HasSubstr("CREATE SCHEMA"));
}

TEST_F(barrier_postgresql, a_password_in_the_place_is_refused_and_not_repeated) {
  for (const char* url :
       {"postgresql://sagad:secret@/x", "postgres://sagad:se@secret@host/x", "postgresql://sagad@/x?password=secret"}) {
    const auto said = refusal(url);
    EXPECT_THAT(said, HasSubstr(".pgpass"));
    EXPECT_THAT(said, testing::Not(HasSubstr("secret")));
  }
}

TEST_F(barrier_postgresql, shows_itself_to_the_administrator_and_its_place_to_people) {
  EXPECT_THAT(one.db.where(), testing::EndsWith(":5432/postgres"));
  EXPECT_EQ(postgres_client(place()).ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'one writer'"),
            "1");
}

}  // namespace
}  // namespace sagad::barrier::test

#include <filesystem>
#include <fstream>

#include "compensations/barrier/savepoint.hpp"
#include "compensations/barrier/sql_error.hpp"
#include "tests/support/hooked_vfs.hpp"
#include "tests/unit/barrier/scratch_database.hpp"

namespace sagad::barrier::test {
namespace {

class barrier_transaction : public testing::Test {
 protected:
  std::int64_t rows() {
    auto select = db.prepare("SELECT count(*) FROM barrier");
    select.step();
    return select.integer(0);
  }

  scratch_database file;
  connection db{file.options()};
  hand_clock clock;
  guard barrier{db, {}, clock.reader()};
  counted_business business{db};
};

TEST_F(barrier_transaction, a_failure_takes_everything_back_the_row_too) {
  EXPECT_THROW(barrier.perform(action_call(), business.failing("action")), std::runtime_error);
  EXPECT_EQ(business.times("action"), 0);
  EXPECT_EQ(rows(), 0);
  EXPECT_EQ(barrier.perform(action_call(), business.doing("action", done_with("yes"))).status, 200);
  EXPECT_EQ(business.times("action"), 1);
}

TEST_F(barrier_transaction, a_failure_of_a_higher_generation_leaves_the_rejection_of_the_lower) {
  barrier.perform(action_call(1), business.doing("action", rejected_with("no")));
  EXPECT_THROW(barrier.perform(action_call(2), business.failing("action")), std::runtime_error);
  const answer said = barrier.perform(action_call(1), business.doing("action", done_with("yes")));
  EXPECT_EQ(said.status, 409);
  EXPECT_EQ(said.body, "no");
}

TEST_F(barrier_transaction, a_failed_compensation_leaves_the_action_done) {
  barrier.perform(action_call(), business.doing("action", done_with("yes")));
  EXPECT_THROW(barrier.perform(compensation_call(), business.failing("undo")), std::runtime_error);
  EXPECT_EQ(barrier.perform(action_call(), business.doing("action", done_with("again"))).body, "yes");
  EXPECT_EQ(business.times("undo"), 0);
}

TEST_F(barrier_transaction, a_rejection_takes_back_the_business_and_keeps_what_else_is_in_the_transaction) {
  ASSERT_TRUE(db.begin());
  business.doing("neighbour", done_with(""))();
  EXPECT_EQ(barrier.enter(action_call(), business.doing("action", rejected_with("no"))).status, 409);
  db.commit();
  EXPECT_EQ(business.times("neighbour"), 1);
  EXPECT_EQ(business.times("action"), 0);
  EXPECT_EQ(rows(), 1);
}

TEST_F(barrier_transaction, a_failure_takes_back_its_own_part_of_a_shared_transaction_alone) {
  ASSERT_TRUE(db.begin());
  call first = action_call();
  call second = action_call();
  second.step = "settle";
  EXPECT_EQ(barrier.enter(first, business.doing("first", done_with("yes"))).status, 200);
  EXPECT_THROW(barrier.enter(second, business.failing("second")), std::runtime_error);
  db.commit();
  EXPECT_EQ(business.times("first"), 1);
  EXPECT_EQ(business.times("second"), 0);
  EXPECT_EQ(rows(), 1);
}

TEST_F(barrier_transaction, entering_without_a_transaction_is_refused) {
  EXPECT_THROW(barrier.enter(action_call(), business.doing("action", done_with("yes"))), std::logic_error);
  EXPECT_EQ(business.times("action"), 0);
}

TEST_F(barrier_transaction, the_row_is_there_before_the_business_reads_anything) {
  std::int64_t seen = 0;
  barrier.perform(action_call(), [&] {
    seen = rows();
    return done_with("yes");
  });
  EXPECT_EQ(seen, 1);
}

TEST_F(barrier_transaction, a_body_of_the_limit_is_stored_and_one_byte_more_is_a_failure) {
  const std::string largest(64 * 1024, 'x');
  EXPECT_THROW(barrier.perform(action_call(), business.doing("action", done_with(largest + "x"))), std::length_error);
  EXPECT_EQ(business.times("action"), 0);
  EXPECT_EQ(rows(), 0);
  barrier.perform(action_call(), business.doing("action", done_with(largest)));
  EXPECT_EQ(barrier.perform(action_call(), business.doing("action", done_with(""))).body, largest);
}

TEST_F(barrier_transaction, a_compensation_cannot_be_answered_later) {
  barrier.perform(action_call(), business.doing("action", done_with("yes")));
  EXPECT_THROW(barrier.perform(compensation_call(), business.doing("undo", accepted_with("later"))), std::logic_error);
  EXPECT_EQ(business.times("undo"), 0);
}

TEST_F(barrier_transaction, a_transaction_that_sqlite_ended_is_told_as_lost) {
  ASSERT_TRUE(db.begin());
  EXPECT_THROW(barrier.enter(action_call(),
                             [&]() -> business_result {
                               db.rollback();
                               throw std::runtime_error("the disk is full");
                             }),
               transaction_lost);
  EXPECT_EQ(rows(), 0);
}

TEST_F(barrier_transaction, savepoints_nest_and_the_inner_goes_back_alone) {
  ASSERT_TRUE(db.begin());
  {
    savepoint outer(db);
    business.doing("outer", done_with(""))();
    {
      savepoint inner(db);
      business.doing("inner", done_with(""))();
    }
    outer.keep();
  }
  db.commit();
  EXPECT_EQ(business.times("outer"), 1);
  EXPECT_EQ(business.times("inner"), 0);
}

TEST_F(barrier_transaction, an_empty_text_is_no_null) {
  db.execute("CREATE TABLE texts(value TEXT NOT NULL)");
  db.prepare("INSERT INTO texts VALUES (?)").bind(std::string_view()).run();
  auto select = db.prepare("SELECT value FROM texts");
  ASSERT_TRUE(select.step());
  EXPECT_FALSE(select.is_null(0));
  EXPECT_EQ(select.text(0), "");
}

TEST_F(barrier_transaction, a_wrong_statement_names_itself) {
  try {
    db.prepare("SELEKT 1");
    FAIL() << "SELEKT is no SQL";
  } catch (const sql_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("SELEKT 1"));
  }
}

TEST(barrier_connection, a_database_that_cannot_be_opened_names_its_file) {
  try {
    connection db({.path = "/nonexistent/folder/x.db"});
    FAIL() << "there is no such folder";
  } catch (const sql_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("/nonexistent/folder/x.db"));
  }
}

TEST(barrier_connection, one_for_reading_sees_one_moment_and_changes_nothing) {
  scratch_database file;
  connection writes(file.options());
  writes.execute("CREATE TABLE notes(text TEXT); INSERT INTO notes VALUES ('a')");
  auto options = file.options();
  options.use = access::read;
  connection reads(options);
  const auto notes = [&reads] {
    auto select = reads.prepare("SELECT count(*) FROM notes");
    select.step();
    return select.integer(0);
  };
  ASSERT_TRUE(writes.begin());
  ASSERT_TRUE(reads.begin()) << "who reads waits for nobody who writes";
  EXPECT_EQ(notes(), 1);
  writes.execute("INSERT INTO notes VALUES ('b')");
  writes.commit();
  EXPECT_EQ(notes(), 1);
  EXPECT_THROW(reads.execute("DELETE FROM notes"), sql_error);
  reads.commit();
  EXPECT_EQ(notes(), 2);
}

TEST(barrier_connection, one_for_reading_makes_no_file) {
  scratch_database file;
  auto options = file.options();
  options.use = access::read;
  EXPECT_THROW(connection reads(options), sql_error);
}

TEST(barrier_connection, a_sync_that_fails_is_damage_and_stays_so) {
  sagad::tests::hooked_vfs files;
  scratch_database file;
  auto options = file.options();
  options.sync = durability::full;
  connection db(options);
  db.execute("CREATE TABLE notes(text TEXT)");
  ASSERT_TRUE(db.begin());
  db.execute("INSERT INTO notes VALUES ('a')");
  files.fail_syncs(true);
  EXPECT_THROW(db.commit(), sql_error);
  files.fail_syncs(false);
  db.rollback();
  EXPECT_THAT(db.damage(), testing::HasSubstr("COMMIT"));
}

TEST(barrier_connection, a_long_log_is_brought_into_the_file_by_the_commit) {
  scratch_database file;
  connection db(file.options());
  db.execute("CREATE TABLE notes(text TEXT); INSERT INTO notes VALUES (zeroblob(5000000))");
  EXPECT_GT(std::filesystem::file_size(file.options().path), 5'000'000U);
}

TEST(barrier_connection, a_checkpoint_whose_sync_fails_is_damage) {
  sagad::tests::hooked_vfs files;
  scratch_database file;
  connection db(file.options());
  db.execute("CREATE TABLE notes(text TEXT)");
  files.fail_syncs(true);
  ASSERT_TRUE(db.begin());
  db.execute("INSERT INTO notes VALUES (zeroblob(5000000))");
  EXPECT_THROW(db.commit(), sql_error) << "without a sync of its own, this commit is followed by a checkpoint";
  EXPECT_NE(db.damage(), "");
}

TEST(barrier_connection, a_file_that_is_garbled_is_damage) {
  scratch_database file;
  connection writes(file.options());
  writes.execute(
      "CREATE TABLE notes(text TEXT); INSERT INTO notes VALUES (zeroblob(10000)); PRAGMA wal_checkpoint(TRUNCATE)");
  auto options = file.options();
  options.use = access::read;
  {
    std::fstream raw(options.path, std::ios::in | std::ios::out | std::ios::binary);
    raw.seekp(4096);
    raw << std::string(8192, '\x55');
  }
  connection reads(options);
  EXPECT_THROW(reads.execute("SELECT sum(length(text)) FROM notes"), sql_error);
  EXPECT_NE(reads.damage(), "");
}

TEST(barrier_connection, a_full_disk_and_a_wrong_statement_are_no_damage) {
  scratch_database file;
  connection db(file.options());
  db.execute("CREATE TABLE notes(text TEXT); PRAGMA max_page_count=10");
  EXPECT_THROW(db.execute("INSERT INTO notes VALUES (zeroblob(100000))"), sql_error);
  EXPECT_THROW(db.execute("SELEKT 1"), sql_error);
  EXPECT_EQ(db.damage(), "");
}

TEST(barrier_connection, durability_is_what_was_asked_for) {
  scratch_database file;
  auto options = file.options();
  options.sync = durability::full;
  connection full(options);
  auto pragma = full.prepare("PRAGMA synchronous");
  ASSERT_TRUE(pragma.step());
  EXPECT_EQ(pragma.integer(0), 2);
  options.sync = durability::normal;
  connection normal(options);
  auto weaker = normal.prepare("PRAGMA synchronous");
  ASSERT_TRUE(weaker.step());
  EXPECT_EQ(weaker.integer(0), 1);
}

}  // namespace
}  // namespace sagad::barrier::test

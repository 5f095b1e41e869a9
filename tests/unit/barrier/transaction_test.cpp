#include "compensations/barrier/savepoint.hpp"
#include "compensations/barrier/sql_error.hpp"
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

TEST_F(barrier_transaction, a_transaction_that_the_database_ended_is_told_as_lost) {
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
    db.prepare("SELEKT 1").run();
    FAIL() << "SELEKT is no SQL";
  } catch (const sql_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("SELEKT 1"));
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
  reads.rollback();
  EXPECT_EQ(notes(), 2);
}

}  // namespace
}  // namespace sagad::barrier::test

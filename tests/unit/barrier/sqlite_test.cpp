#include <filesystem>
#include <fstream>

#include "compensations/barrier/sql_error.hpp"
#include "tests/support/hooked_vfs.hpp"
#include "tests/unit/barrier/scratch_database.hpp"

namespace sagad::barrier::test {
namespace {

TEST(barrier_sqlite, a_database_that_cannot_be_opened_names_its_file) {
  try {
    connection db({.place = "/nonexistent/folder/x.db"});
    FAIL() << "there is no such folder";
  } catch (const sql_error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("/nonexistent/folder/x.db"));
  }
}

TEST(barrier_sqlite, one_for_reading_makes_no_file) {
  scratch_database file;
  auto options = file.options();
  options.use = access::read;
  EXPECT_THROW(connection reads(options), sql_error);
}

TEST(barrier_sqlite, a_sync_that_fails_is_damage_and_stays_so) {
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

TEST(barrier_sqlite, a_long_log_is_brought_into_the_file_by_the_commit) {
  scratch_database file;
  connection db(file.options());
  db.execute("CREATE TABLE notes(text TEXT); INSERT INTO notes VALUES (zeroblob(5000000))");
  EXPECT_GT(std::filesystem::file_size(file.options().place), 5'000'000U);
}

TEST(barrier_sqlite, a_checkpoint_whose_sync_fails_is_damage) {
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

TEST(barrier_sqlite, a_file_that_is_garbled_is_damage) {
  scratch_database file;
  connection writes(file.options());
  writes.execute(
      "CREATE TABLE notes(text TEXT); INSERT INTO notes VALUES (zeroblob(10000)); PRAGMA wal_checkpoint(TRUNCATE)");
  auto options = file.options();
  options.use = access::read;
  {
    std::fstream raw(options.place, std::ios::in | std::ios::out | std::ios::binary);
    raw.seekp(4096);
    raw << std::string(8192, '\x55');
  }
  connection reads(options);
  EXPECT_THROW(reads.execute("SELECT sum(length(text)) FROM notes"), sql_error);
  EXPECT_NE(reads.damage(), "");
}

TEST(barrier_sqlite, a_full_disk_and_a_wrong_statement_are_no_damage) {
  scratch_database file;
  connection db(file.options());
  db.execute("CREATE TABLE notes(text TEXT); PRAGMA max_page_count=10");
  EXPECT_THROW(db.execute("INSERT INTO notes VALUES (zeroblob(100000))"), sql_error);
  EXPECT_THROW(db.execute("SELEKT 1"), sql_error);
  EXPECT_EQ(db.damage(), "");
}

TEST(barrier_sqlite, durability_is_what_was_asked_for) {
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

#include "journal/sqlite.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cerrno>
#include <functional>
#include <vector>

#include "tests/support/hooked_vfs.hpp"
#include "tests/support/temporary_folder.hpp"

namespace sagad::journal {
namespace {

std::string said_by(const std::function<void()>& what) {
  try {
    what();
  } catch (const sqlite_error& error) {
    return error.what();
  }
  return "nothing";
}

TEST(sqlite_error, says_that_the_disk_is_full_and_what_to_do_however_it_is_met) {
  sagad::tests::hooked_vfs files;
  const sagad::tests::temporary_folder folder;
  sqlite connection(folder.path("some.db"), sqlite::access::write);
  connection.run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE kept (text TEXT)");
  const auto write = [&] { connection.run("INSERT INTO kept VALUES (hex(zeroblob(20000)))"); };
  files.fail_syncs(true, ENOSPC);
  EXPECT_EQ(said_by(write), "the disk is full (disk I/O error, No space left on device): make room on it");
  files.fail_syncs(true, EDQUOT);
  EXPECT_EQ(said_by(write), "the disk is full (disk I/O error, Disk quota exceeded): make room on it");
  files.fail_syncs(true, EIO);
  EXPECT_EQ(said_by(write), "disk I/O error");
  files.fail_syncs(false);
  connection.run("PRAGMA max_page_count=2");  // as a write that finds no room
  EXPECT_EQ(said_by(write), "the disk is full (database or disk is full): make room on it");
  EXPECT_EQ(said_by([&] { connection.run("SELECT absent FROM kept"); }), "no such column: absent");
}

TEST(sqlite_error, says_it_of_a_file_that_cannot_be_made) {
  const sagad::tests::temporary_folder folder;
  EXPECT_EQ(said_by([&] { sqlite(folder.path("no folder/some.db"), sqlite::access::write); }),
            "unable to open database file");
}

// As many as one statement takes, and around it.
TEST(row_inserter, inserts_every_row_once_however_many_there_are) {
  for (const std::int64_t rows : {0, 1, 2, 15, 16, 17, 31, 32, 33, 100}) {
    sqlite connection(":memory:", sqlite::access::write);
    connection.run("CREATE TABLE kept (number INTEGER, text TEXT)");
    row_inserter inserter(connection, "INSERT INTO kept", 2);
    std::vector<std::string> texts;
    for (std::int64_t row = 0; row < rows; ++row) texts.push_back("row " + std::to_string(row));
    inserter.run(texts.size(), [&](statement& to, int before, std::size_t row) {
      to.bind(before + 1, static_cast<std::int64_t>(row)).bind_text(before + 2, texts[row]);
    });
    statement all(connection, "SELECT number, text FROM kept ORDER BY number");
    std::vector<std::string> found;
    while (all.step()) {
      EXPECT_EQ(all.integer(0), static_cast<std::int64_t>(found.size()));
      found.push_back(all.blob(1));
    }
    EXPECT_EQ(found, texts);
  }
}

TEST(row_inserter, can_be_used_again_after_a_row_was_refused) {
  sqlite connection(":memory:", sqlite::access::write);
  connection.run("CREATE TABLE kept (number INTEGER PRIMARY KEY)");
  row_inserter inserter(connection, "INSERT INTO kept", 1);
  const auto insert = [&](std::int64_t first, std::size_t rows) {
    inserter.run(rows, [&](statement& to, int before, std::size_t row) {
      to.bind(before + 1, first + static_cast<std::int64_t>(row));
    });
  };
  insert(1, 16);
  EXPECT_THROW(insert(10, 16), sqlite_error);
  insert(17, 20);
  statement count(connection, "SELECT count(*) FROM kept");
  ASSERT_TRUE(count.step());
  EXPECT_EQ(count.integer(0), 36);
}

}  // namespace
}  // namespace sagad::journal

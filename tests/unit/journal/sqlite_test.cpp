#include "journal/sqlite.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sagad::journal {
namespace {

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

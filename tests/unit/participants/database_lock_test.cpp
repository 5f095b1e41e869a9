#include "participants/sdk/database_lock.hpp"

#include <unistd.h>

#include "tests/support/temporary_folder.hpp"

namespace sagad::participants {
namespace {

std::string refusal(const std::string& database) {
  try {
    const database_lock taken(database);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(database_lock, a_second_one_is_told_which_process_has_it) {
  const sagad::tests::temporary_folder folder;
  const database_lock first(folder.path("x.db"));
  EXPECT_EQ(refusal(folder.path("x.db")), "the database " + folder.path("x.db") + " is in use by process " +
                                              std::to_string(getpid()) +
                                              ": stop that one, or name another with --database");
  EXPECT_EQ(refusal(folder.path("y.db")), "") << "each database has a lock of its own";
}

TEST(database_lock, is_free_again_when_its_holder_has_gone) {
  const sagad::tests::temporary_folder folder;
  { const database_lock first(folder.path("x.db")); }
  EXPECT_EQ(refusal(folder.path("x.db")), "");
}

TEST(database_lock, the_last_holder_s_name_does_not_outlive_the_next) {
  const sagad::tests::temporary_folder folder;
  folder.write("x.db.lock", "process 1234567890123\nand more\n");
  const database_lock first(folder.path("x.db"));
  EXPECT_THAT(refusal(folder.path("x.db")), testing::HasSubstr("process " + std::to_string(getpid()) + ":"));
}

TEST(database_lock, a_place_that_cannot_be_locked_is_named) {
  EXPECT_EQ(refusal("/nonexistent/x.db"), "cannot lock /nonexistent/x.db.lock: No such file or directory");
}

}  // namespace
}  // namespace sagad::participants

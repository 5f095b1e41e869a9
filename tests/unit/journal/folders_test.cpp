#include "journal/folders.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "tests/support/temporary_folder.hpp"

namespace sagad::journal::tests {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(journal_folders, tell_which_got_an_entry) {
  const sagad::tests::temporary_folder at;
  std::error_code failed;
  EXPECT_THAT(make_folders(at.path("a/b/c"), failed), ElementsAre(at.path("a/b"), at.path("a"), at.path()));
  EXPECT_FALSE(failed) << failed.message();
  EXPECT_TRUE(std::filesystem::is_directory(at.path("a/b/c")));
  EXPECT_THAT(make_folders(at.path("a/b/d/"), failed), ElementsAre(at.path("a/b")));
  EXPECT_FALSE(failed) << failed.message();
  EXPECT_THAT(make_folders(at.path("a/./b"), failed), IsEmpty());
  EXPECT_FALSE(failed) << failed.message();
}

TEST(journal_folders, a_file_in_their_place_is_told) {
  const sagad::tests::temporary_folder at;
  at.write("file", "");
  std::error_code failed;
  make_folders(at.path("file/a"), failed);
  EXPECT_TRUE(failed);
}

}  // namespace
}  // namespace sagad::journal::tests

#include "runtime/callback_keys.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/support/temporary_folder.hpp"

namespace sagad::runtime {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& file) {
  try {
    callback_keys_in(file);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "it was taken";
}

const std::string line_a(64, 'a');
const std::string line_b(64, 'b');

TEST(callback_keys, are_made_once_and_read_back_ever_after) {
  const tests::temporary_folder folder;
  const auto made = callback_keys_in(folder.path("keys"));
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0].size(), 32U);
  EXPECT_EQ(callback_keys_in(folder.path("keys")), made);
}

TEST(callback_keys, are_the_owners_alone) {
  const tests::temporary_folder folder;
  callback_keys_in(folder.path("keys"));
  struct stat status {};
  ASSERT_EQ(::stat(folder.path("keys").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_FALSE(std::filesystem::exists(folder.path("keys.new"))) << "what it was written to is not left behind";
}

TEST(callback_keys, of_two_journals_differ) {
  const tests::temporary_folder folder;
  EXPECT_NE(callback_keys_in(folder.path("one")), callback_keys_in(folder.path("other")));
  EXPECT_NE(fresh_callback_keys(), fresh_callback_keys());
}

TEST(callback_keys, are_rotated_by_adding_a_line) {
  const tests::temporary_folder folder;
  const auto keys = callback_keys_in(folder.write("keys", line_a + "\n" + line_b + "\n"));
  EXPECT_EQ(keys, (std::vector<std::string>{std::string(32, '\xAA'), std::string(32, '\xBB')}));
}

TEST(callback_keys, that_cannot_be_so_are_refused_with_file_and_line) {
  const tests::temporary_folder folder;
  EXPECT_THAT(refusal(folder.write("short", line_a + "\nabc\n")), HasSubstr("line 2 is not 64"));
  EXPECT_THAT(refusal(folder.write("short", line_a + "\nabc\n")), HasSubstr(folder.path("short")));
  EXPECT_THAT(refusal(folder.write("upper", std::string(64, 'A') + "\n")),
              HasSubstr("line 1 is not 64 lower-case hexadecimal digits: put the file back from a backup"));
  EXPECT_THAT(refusal(folder.write("empty", "")), HasSubstr("holds no key"));
  std::string many;
  for (int count = 0; count < 255; ++count) many += line_a + "\n";
  EXPECT_EQ(callback_keys_in(folder.write("most", many)).size(), 255U);
  EXPECT_THAT(refusal(folder.write("many", many + line_b + "\n")), HasSubstr("more than 255"));
  EXPECT_THAT(refusal(folder.path("none/keys")), HasSubstr(folder.path("none/keys")));
}

}  // namespace
}  // namespace sagad::runtime

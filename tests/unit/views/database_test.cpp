#include "views/database.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.hpp"
#include "view_bench.hpp"

namespace sagad::views::tests {
namespace {

using journal::sqlite;
using journal::statement;
using testing::HasSubstr;

class a_file_of_views : public testing::Test {
 protected:
  static constexpr std::uint64_t journal = 7;
  static constexpr std::int64_t off = 0;
  static constexpr std::int64_t normal = 1;

  std::string path() const { return files.path("views.db"); }
  std::unique_ptr<database> create(const std::string& boot) const {
    return database::create(path(), journal, definitions, boot);
  }
  database::opened open(const std::string& boot) const { return database::open(path(), journal, definitions, boot); }
  // Of what is written from the first time on.
  static std::int64_t syncs(database& of) {
    batch nothing;
    of.write(nothing);
    statement asked(of.connection(), "PRAGMA synchronous");
    EXPECT_TRUE(asked.step());
    return asked.integer(0);
  }
  // What of the file is on the disk for certain: not the log beside it.
  std::string why_the_file_alone_is_refused_in(const std::string& boot) const {
    std::filesystem::copy(path(), files.path("alone.db"), std::filesystem::copy_options::overwrite_existing);
    return database::open(files.path("alone.db"), journal, definitions, boot).why_not;
  }

  sagad::tests::temporary_folder files{sagad::tests::temporary_folder::on::memory};
  definition_source definitions = definition_of;
};

TEST_F(a_file_of_views, says_in_the_file_itself_who_writes_it_unsynced) {
  const auto one = create("first boot");
  EXPECT_EQ(syncs(*one), off);
  EXPECT_THAT(why_the_file_alone_is_refused_in("second boot"), HasSubstr("the machine went down while it was written"));
}

TEST_F(a_file_of_views, is_good_for_any_boot_once_it_is_settled) {
  create("first boot")->settle();
  EXPECT_EQ(why_the_file_alone_is_refused_in("second boot"), "");
  EXPECT_NE(open("another boot that writes nothing").file, nullptr);
  const auto one = open("second boot").file;
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(syncs(*one), off);
  EXPECT_THAT(why_the_file_alone_is_refused_in("third boot"), HasSubstr("the machine went down"));
}

TEST_F(a_file_of_views, is_synced_where_the_boot_is_not_known) {
  EXPECT_EQ(syncs(*create("")), normal);
  EXPECT_EQ(syncs(*open("").file), normal);
  EXPECT_EQ(why_the_file_alone_is_refused_in("any boot"), "");
}

TEST_F(a_file_of_views, is_synced_while_somebody_who_reads_it_keeps_the_mark_out_of_it) {
  create("first boot")->settle();
  sqlite other(path(), sqlite::access::write);
  other.run("BEGIN");
  statement reading(other, "SELECT * FROM meta");
  ASSERT_TRUE(reading.step());
  const auto one = open("second boot").file;
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(syncs(*one), normal);
  EXPECT_THROW(one->settle(), journal::sqlite_error);
}

TEST_F(a_file_of_views, opens_though_somebody_else_is_writing) {
  create("first boot")->settle();
  sqlite other(path(), sqlite::access::write);
  other.run("BEGIN IMMEDIATE");
  const auto one = open("second boot").file;
  ASSERT_NE(one, nullptr);
  batch nothing;
  EXPECT_THROW(one->write(nothing), journal::sqlite_error);
  other.run("COMMIT");
  EXPECT_EQ(syncs(*one), off);
}

TEST_F(a_file_of_views, that_was_begun_and_not_marked_is_left_as_it_is) {
  for (const std::string& content : {std::string(), std::string(4096, '\0')}) {
    std::ofstream(path(), std::ios::trunc) << content;
    EXPECT_EQ(open("a boot").file, nullptr);
    EXPECT_EQ(std::filesystem::file_size(path()), content.size());
  }
}

TEST_F(a_file_of_views, of_another_version_journal_or_content_says_what_it_is) {
  create("a boot")->settle();
  EXPECT_THAT(database::open(path(), journal + 1, definitions, "a boot").why_not, HasSubstr("of another journal"));
  sqlite(path(), sqlite::access::write).run("UPDATE meta SET version = 1");
  EXPECT_THAT(open("a boot").why_not, HasSubstr("of version 1"));
  sqlite(path(), sqlite::access::write).run("DELETE FROM meta");
  EXPECT_THAT(open("a boot").why_not, HasSubstr("nothing was written to it yet"));
}

}  // namespace
}  // namespace sagad::views::tests

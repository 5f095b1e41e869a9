#include "views/claim.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/support/temporary_folder.hpp"
#include "view_bench.hpp"

namespace sagad::views::tests {
namespace {

using testing::HasSubstr;

class a_claim : public testing::Test {
 protected:
  std::string path() const { return files.path("views.db"); }
  std::string refusal() {
    try {
      make_keeper(journal.store(), path());
    } catch (const std::runtime_error& refused) {
      return refused.what();
    }
    return "taken";
  }
  static void write(const std::string& name, const std::string& bytes) {
    std::ofstream(name, std::ios::trunc | std::ios::binary) << bytes;
  }
  static std::string content_of(const std::string& name) {
    std::ifstream in(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void change(const std::string& sql) { journal::sqlite(path(), journal::sqlite::access::write).run(sql); }

  written_journal journal;
  sagad::tests::temporary_folder files{sagad::tests::temporary_folder::on::memory};
};

TEST_F(a_claim, refuses_a_file_of_somebody_else_and_leaves_it) {
  for (const auto& name : {path(), path() + ".next"}) {
    for (const char* bytes : {"my thesis\n", "SQLite format 3"}) {
      write(name, bytes);
      EXPECT_THAT(refusal(), HasSubstr(name + " is not a file of views and is left as it is: give --views another"));
      EXPECT_EQ(content_of(name), bytes);
      std::filesystem::remove(name);
    }
  }
  EXPECT_EQ(refusal(), "taken");
}

TEST_F(a_claim, refuses_a_database_of_somebody_else_and_leaves_it) {
  for (const char* id : {"0", "1"}) {
    change("CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (7); PRAGMA application_id=" + std::string(id));
    const auto before = content_of(path());
    EXPECT_THAT(refusal(), HasSubstr("is not a file of views"));
    EXPECT_EQ(content_of(path()), before);
    std::filesystem::remove(path());
  }
}

TEST_F(a_claim, refuses_what_is_no_file) {
  std::filesystem::create_directory(path());
  EXPECT_THAT(refusal(), HasSubstr("is no file"));
}

TEST_F(a_claim, marks_its_file_before_it_writes_anything_else) {
  const auto begun = make_keeper(journal.store(), path());
  const auto bytes = content_of(path() + ".next");
  ASSERT_GE(bytes.size(), 72U);
  EXPECT_EQ(bytes.substr(68, 4), "SAGV");
}

TEST_F(a_claim, is_held_by_one_at_a_time) {
  auto first = make_keeper(journal.store(), path());
  catch_up(*first);
  const auto before = content_of(path());
  EXPECT_THAT(refusal(), HasSubstr(path() + " is in use by another process: give each its own --views"));
  EXPECT_EQ(content_of(path()), before);
  first.reset();
  EXPECT_EQ(refusal(), "taken");
}

}  // namespace
}  // namespace sagad::views::tests

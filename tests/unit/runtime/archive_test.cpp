#include "runtime/archive.hpp"

#include <gmock/gmock.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>

#include "records/codec.hpp"
#include "tests/support/temporary_folder.hpp"

namespace sagad::runtime {
namespace {

using testing::HasSubstr;

// 2026-11-29T14:00:00.123Z
constexpr millis newest = 1'795'960'800'123;

class archive_test : public testing::Test {
 protected:
  std::string folder() const { return files.path("archive"); }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& one : std::filesystem::directory_iterator(folder()))
      found.push_back(one.path().filename().string());
    return found;
  }
  std::string text(const std::string& name) const {
    std::ifstream in(folder() + "/" + name, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    std::string result(1U << 20U, ' ');
    const auto size = ZSTD_decompress(result.data(), result.size(), bytes.data(), bytes.size());
    if (ZSTD_isError(size) != 0) return ZSTD_getErrorName(size);
    result.resize(size);
    return result;
  }
  static std::vector<journal::stored_record> records_of(std::uint64_t number) {
    journal::stored_record one;
    one.saga = saga_id::make(newest, 0, number);
    one.position = 7;
    one.seq = 1;
    one.bytes = "of another program";
    return {one, one};
  }

  sagad::tests::temporary_folder files{sagad::tests::temporary_folder::on::memory};
};

TEST_F(archive_test, a_piece_is_a_compressed_file_with_a_line_for_each_record) {
  archive kept(folder());
  kept.begin(42, newest);
  EXPECT_THAT(names(), testing::ElementsAre("sagas-0000000042-20261129T140000Z.ndjson.zst.new"));
  kept.add(records_of(1));
  kept.add(records_of(2));
  kept.finish();
  ASSERT_THAT(names(), testing::ElementsAre("sagas-0000000042-20261129T140000Z.ndjson.zst"));
  const auto lines = text(names().front());
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 4);
  EXPECT_THAT(lines, HasSubstr("\"saga\":\"" + saga_id::make(newest, 0, 2).text() + "\""));
  EXPECT_THAT(lines, HasSubstr("\"position\":7,\"seq\":1,\"unreadable\":"));
}

TEST_F(archive_test, a_record_is_written_as_events_show_it_with_the_names_of_its_definition) {
  engine::event started;
  started.what = engine::fact::started;
  started.content.bytes[0] = 1;
  started.attempt = 1;
  started.body = R"({"item":"lamp"})";
  engine::event done;
  done.what = engine::fact::done;
  done.attempt = 1;
  done.body = R"({"hold":"h-1"})";
  std::vector<journal::stored_record> saga(2);
  for (std::uint32_t seq = 1; seq <= 2; ++seq) {
    engine::record record;
    record.seq = seq;
    record.events.push_back(seq == 1 ? started : done);
    auto& stored = saga[seq - 1];
    stored.saga = saga_id::make(newest, 0, 5);
    stored.position = 40 + seq;
    stored.seq = seq;
    records::encode(record, stored.bytes, newest_record_format());
  }
  archive kept(folder());
  kept.know([](const digest& content) {
    auto made = std::make_shared<definition::definition>();
    made->name = "sale";
    made->steps.emplace_back().name = content.bytes[0] == 1 ? "reserve" : "of another one";
    return made;
  });
  kept.begin(42, newest);
  kept.add(saga);
  kept.finish();
  const auto lines = text(names().front());
  const auto end_of_first = lines.find('\n');
  ASSERT_NE(end_of_first, std::string::npos);
  const auto first = lines.substr(0, end_of_first);
  EXPECT_THAT(first, HasSubstr(saga[0].saga.text()));
  EXPECT_THAT(first, HasSubstr(R"("input":{"item":"lamp"})"));
  const auto second = lines.substr(end_of_first + 1);
  EXPECT_THAT(second, HasSubstr(saga[1].saga.text()));
  EXPECT_THAT(second, HasSubstr(R"("event":"done","step":"reserve","operation":"action")"));
  EXPECT_THAT(second, HasSubstr(R"("response":{"hold":"h-1"})"));
  EXPECT_THAT(lines, testing::Not(HasSubstr("unreadable")));
}

TEST_F(archive_test, a_piece_that_comes_again_replaces_what_came_before) {
  archive kept(folder());
  for (const std::uint64_t number : {1, 2}) {
    kept.begin(42, newest);
    kept.add(records_of(number));
    if (number == 2) kept.finish();
  }
  ASSERT_EQ(names().size(), 1U);
  EXPECT_THAT(text(names().front()), testing::Not(HasSubstr(saga_id::make(newest, 0, 1).text())));
  EXPECT_THAT(text(names().front()), HasSubstr(saga_id::make(newest, 0, 2).text()));
}

TEST_F(archive_test, what_is_not_finished_leaves_nothing) {
  {
    archive kept(folder());
    kept.begin(42, newest);
    kept.add(records_of(1));
  }
  EXPECT_TRUE(names().empty());
}

TEST_F(archive_test, says_what_cannot_be_written) {
  std::ofstream(files.path("a-file")) << "here";
  EXPECT_THROW(archive(files.path("a-file") + "/archive"), std::system_error);
  archive kept(folder());
  std::filesystem::remove(folder());
  try {
    kept.begin(42, newest);
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot be written: No such file"));
  }
}

}  // namespace
}  // namespace sagad::runtime

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <thread>

#include "journal/log/flat_table.hpp"
#include "journal/log/index_entries.hpp"
#include "journal/log/key_filter.hpp"
#include "journal/log/segments.hpp"
#include "journal/sqlite.hpp"
#include "log_fixture.hpp"

namespace sagad::journal::tests {
namespace {

using testing::HasSubstr;

/// No file of this process grows past so many bytes: writing there fails.
class file_size_limit {
 public:
  explicit file_size_limit(std::uint64_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~file_size_limit() { lift(); }
  file_size_limit(const file_size_limit&) = delete;
  file_size_limit& operator=(const file_size_limit&) = delete;

  void lift() const { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

class log_index : public log_test {
 protected:
  std::string path() { return directory() + "/index.db"; }

  exception start(std::uint64_t number, const std::string& key) {
    const named_start name(key, key, key);
    auto begin = make(saga(number), 1);
    begin.key = &name.key;
    return put(begin);
  }
  void start_and_finish(std::uint64_t first, std::uint64_t last) {
    for (auto number = first; number <= last; ++number) {
      EXPECT_EQ(start(number, "key-" + std::to_string(number)).result, result::durable);
      finish(saga(number), 2);
    }
  }
  void expect_all(std::uint64_t first, std::uint64_t last) {
    for (auto number = first; number <= last; ++number) {
      const auto holder = store().find_key("key-" + std::to_string(number), 0);
      ASSERT_TRUE(holder.has_value()) << number;
      ASSERT_EQ(holder->saga, saga(number));
      ASSERT_EQ(store().read(saga(number)).size(), 2U) << number;
    }
    EXPECT_FALSE(store().find_key("key-0", 0).has_value());
    EXPECT_EQ(start(1'000'000, "key-" + std::to_string(last)).held_by, saga(last));
  }
};

TEST_F(log_index, keys_and_ends_are_found_over_many_cuts_in_memory_and_on_disk) {
  log.settings().index_keys_per_cut = 50;
  log.settings().index_batch = 70;
  log.remove_index();
  reopen();
  start_and_finish(1, 700);
  expect_all(1, 700);
  EXPECT_TRUE(eventually([&] { return store().measured().index_behind < 200; }));
  expect_all(1, 700);
  reopen();
  EXPECT_EQ(store().measured().index_behind, 0U);
  expect_all(1, 700);
}

TEST_F(log_index, an_index_that_is_damaged_anywhere_in_its_head_is_built_again) {
  start_and_finish(1, 100);
  log.close();
  const auto whole = read_file(path());
  for (const std::size_t at : {0, 20, 100, 110, 200, 4096, 5000, 9000}) {
    auto bytes = whole;
    for (auto byte = at; byte < std::min(bytes.size(), at + 300); ++byte) bytes[byte] = static_cast<char>(byte * 7);
    write_file(path(), bytes);
    reopen();
    expect_all(1, 100);
    log.close();
  }
  for (const auto& content : {std::string(), std::string("not a database"), std::string(100'000, 'x')}) {
    write_file(path(), content);
    reopen();
    expect_all(1, 100);
    log.close();
  }
}

TEST_F(log_index, the_index_of_another_log_is_not_believed) {
  log_subject other(sagad::tests::temporary_folder::on::memory);
  start_and_finish(1, 30);
  other.close();
  log.close();
  std::filesystem::copy_file(other.settings().directory + "/index.db", path(),
                             std::filesystem::copy_options::overwrite_existing);
  reopen();
  expect_all(1, 30);
}

TEST_F(log_index, an_index_with_another_size_of_cuts_is_built_again) {
  start_and_finish(1, 30);
  log.settings().index_keys_per_cut = 7;
  reopen();
  expect_all(1, 30);
}

TEST_F(log_index, an_older_index_catches_up_from_the_log) {
  start_and_finish(1, 50);
  log.close();
  const auto old = read_file(path());
  reopen();
  start_and_finish(51, 500);
  append_until_checkpoint(saga(9'000), 0);
  log.close();
  for (const auto* suffix : {"-wal", "-shm"}) std::filesystem::remove(path() + suffix);
  write_file(path(), old);
  reopen();
  expect_all(1, 500);
}

TEST_F(log_index, while_the_index_cannot_be_written_everything_stays_in_memory) {
  log.settings().index_batch = 10;
  log.settings().index_behind_max = 200;
  reopen();
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  start_and_finish(1, 100);
  EXPECT_EQ(store().measured().index_behind, 200U);
  EXPECT_TRUE(store().measured().full);
  EXPECT_EQ(start(2'000, "one more").result, result::full);
  expect_all(1, 100);
  ASSERT_EQ(sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_TRUE(eventually([&] { return store().measured().index_behind == 0; }));
  expect_all(1, 100);
  EXPECT_EQ(start(3'000, "one more").result, result::durable);
}

TEST_F(log_index, an_index_that_cannot_be_written_is_told_at_first_and_then_seldom) {
  std::mutex mutex;
  std::vector<std::string> told;
  log.settings().index_batch = 10;
  log.settings().index_behind_max = 20;
  log.settings().index_retry = std::chrono::milliseconds(1);
  log.settings().tell = [&](const std::string& what) {
    const std::lock_guard lock(mutex);
    told.push_back(what);
  };
  const auto count = [&] {
    const std::lock_guard lock(mutex);
    return told.size();
  };
  reopen();
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  start_and_finish(1, 10);
  ASSERT_TRUE(eventually([&] { return count() == 3; }));
  const auto refused = start(2'000, "one more");
  EXPECT_EQ(refused.result, result::full);
  EXPECT_THAT(refused.why, HasSubstr("index.db cannot be written: database is locked"));
  EXPECT_THAT(store().measured().why_full, HasSubstr("database is locked"));
  ASSERT_EQ(sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_TRUE(eventually([&] { return store().measured().index_behind == 0; }));
  EXPECT_EQ(store().measured().why_full, "");
  EXPECT_EQ(start(3'000, "one more").result, result::durable);
  log.close();
  EXPECT_THAT(told.front(), HasSubstr("index.db cannot be written: database is locked; it is tried again"));
  EXPECT_THAT(told.back(), HasSubstr("index.db is written again"));
}

bool is_asleep(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  const std::string stat((std::istreambuf_iterator<char>(file)), {});
  const auto name_ends = stat.rfind(") ");
  return name_ends != std::string::npos && stat[name_ends + 2] == 'S';
}

TEST_F(log_index, a_reader_waits_for_who_is_in_its_way_for_a_moment) {
  log.close();
  const auto other_path = log.directory().path("other.db");
  sqlite writer(other_path, sqlite::access::write);
  writer.run("CREATE TABLE numbers (number INTEGER); INSERT INTO numbers VALUES (7); BEGIN EXCLUSIVE");
  sqlite reader(other_path, sqlite::access::read);
  std::atomic<pid_t> asks = 0;
  std::int64_t read = 0;
  std::string failed;
  std::thread thread([&] {
    asks = ::gettid();
    try {
      statement select(reader, "SELECT number FROM numbers");
      if (select.step()) read = select.integer(0);
    } catch (const sqlite_error& error) {
      failed = error.what();
    }
  });
  EXPECT_TRUE(eventually([&] { return asks != 0 && is_asleep(asks); }));
  writer.run("COMMIT");
  thread.join();
  EXPECT_EQ(failed, "");
  EXPECT_EQ(read, 7);
}

TEST_F(log_index, the_filter_of_a_cut_is_kept_when_it_is_full_and_made_again_before) {
  log.settings().index_keys_per_cut = 50;
  log.close();
  log.remove_index();
  reopen();
  start_and_finish(1, 70);
  log.close();
  sqlite3* kept = nullptr;
  ASSERT_EQ(sqlite3_open(path().c_str(), &kept), SQLITE_OK);
  std::vector<int> bytes;
  const auto take = [](void* into, int, char** values, char**) {
    static_cast<std::vector<int>*>(into)->push_back(std::stoi(values[0]));
    return 0;
  };
  ASSERT_EQ(sqlite3_exec(kept, "SELECT length(filter) FROM cuts ORDER BY cut", take, &bytes, nullptr), SQLITE_OK);
  sqlite3_close(kept);
  ASSERT_EQ(bytes.size(), 2U);
  EXPECT_GT(bytes[0], 0);
  EXPECT_EQ(bytes[1], 0);
  reopen();
  expect_all(1, 70);
  start_and_finish(71, 200);
  reopen();
  expect_all(1, 200);
}

TEST_F(log_index, a_batch_that_could_not_be_written_is_not_passed_over_at_the_close) {
  log.close();
  std::filesystem::remove_all(directory());
  log.settings().segment_bytes = 64U << 10U;
  log.settings().index_batch = 4'000;
  std::mutex mutex;
  std::vector<std::string> told;
  log.settings().tell = [&](const std::string& what) {
    const std::lock_guard lock(mutex);
    told.push_back(what);
  };
  reopen();
  // Files may not grow past what small transactions need: the large one fails, the small one behind it would not.
  const file_size_limit limit(80U << 10U);
  std::uint64_t number = 0;
  lane one(store());
  while (number < 2'100) {
    const auto key = "key-" + std::to_string(++number);
    const named_start name(key, key, key);
    auto begin = make(saga(number), 1);
    begin.key = &name.key;
    one.appender().append(begin);
    auto last = make(saga(number), 2);
    last.final = true;
    const auto ticket = one.appender().append(last);
    if (number % 50 != 0) continue;
    ASSERT_TRUE(one.commit(ticket).empty());
  }
  ASSERT_TRUE(eventually([&] { return std::filesystem::file_size(path() + "-wal") >= (70U << 10U); }));
  start_and_finish(2'101, 2'110);
  ASSERT_GT(store().measured().index_behind, 4'000U);
  log.close();
  limit.lift();
  EXPECT_THAT(told,
              testing::Contains(HasSubstr("index.db cannot be written: the disk is full (disk I/O error, File too "
                                          "large): make room on it; it is tried again, and ")));
  log.settings().tell = nullptr;
  reopen();
  expect_all(1, 2'110);
}

TEST_F(log_index, a_key_whose_holder_is_damaged_refuses_one_start_and_nothing_else) {
  start_and_finish(1, 3);
  append_until_checkpoint(saga(9'000), 0);
  log.close();
  const auto frames = frames_of(directory());
  const auto first = std::find_if(frames.begin(), frames.end(), [](const frame_in_file& frame) {
    return frame.header.kind == log::frame_kind::records;
  });
  auto bytes = read_file(first->path);
  const auto at = first->at + first->header.bytes - 1;
  bytes[at] = static_cast<char>(bytes[at] ^ 4);
  write_file(first->path, bytes);
  for (int life = 0; life < 2; ++life) {
    reopen();
    const auto outcome = start(10'000, "key-1");
    EXPECT_EQ(outcome.result, result::refused);
    const auto place = log::segment_name(1) + " at byte " + std::to_string(first->at);
    EXPECT_THAT(outcome.why, HasSubstr(place));
    EXPECT_EQ(put(make(saga(10'000), 2)).result, result::refused) << "what follows a refused start is refused with it";
    EXPECT_EQ(start(10'001, "key-2").held_by, saga(2));
    EXPECT_EQ(start(20'000 + static_cast<std::uint64_t>(life), "fresh" + std::to_string(life)).result, result::durable);
    log.close();
    EXPECT_TRUE(std::filesystem::exists(path()));
  }
}

TEST_F(log_index, a_segment_that_cannot_be_opened_now_refuses_a_start_until_it_can) {
  start_and_finish(1, 3);
  append_until_checkpoint(saga(9'000), 0);
  reopen();
  log.disk().fail_open(EMFILE);
  const auto outcome = start(10'000, "key-1");
  log.disk().fail_open(0);
  EXPECT_EQ(outcome.result, result::refused);
  EXPECT_THAT(outcome.why, HasSubstr(log::segment_name(1) + ": Too many open files"));
  EXPECT_EQ(start(10'001, "key-1").held_by, saga(1));
}

TEST(flat_table, does_what_a_map_does) {
  log::flat_table<log::key_entry> table;
  std::map<std::uint64_t, std::uint64_t> expected;
  std::uint64_t random = 1;
  for (int step = 0; step < 200'000; ++step) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    const auto key = (random >> 33U) % 500;
    if ((random >> 60U) < 9) {
      table.put({key, log::offset{random | 1U}});
      expected[key] = random | 1U;
    } else {
      ASSERT_EQ(table.erase(key), expected.erase(key) == 1);
    }
    ASSERT_EQ(table.size(), expected.size());
    const auto* found = table.find(key);
    ASSERT_EQ(found != nullptr, expected.contains(key));
  }
  std::size_t visited = 0;
  table.for_each([&](const log::key_entry& entry) {
    ++visited;
    ASSERT_EQ(expected.at(entry.key), log::as_number(entry.at));
  });
  EXPECT_EQ(visited, expected.size());
  table.clear();
  EXPECT_EQ(table.size(), 0U);
}

TEST(flat_table, keeps_several_entries_of_a_key) {
  log::flat_table<log::key_entry> table;
  for (std::uint64_t at = 1; at <= 100; ++at) table.add({at % 5, log::offset{at}});
  std::vector<std::uint64_t> places;
  table.for_key(3, [&](const log::key_entry& entry) { places.push_back(log::as_number(entry.at)); });
  EXPECT_EQ(places.size(), 20U);
}

TEST(key_filter, has_all_that_was_added_and_little_else) {
  constexpr std::uint64_t keys = 20'000;
  log::key_filter filter(keys);
  const auto hash = [](std::uint64_t number) { return (number + 1) * 0x9e3779b97f4a7c15ULL ^ number << 40U; };
  for (std::uint64_t number = 0; number < keys; ++number) filter.add(hash(number));
  log::key_filter copy(keys);
  ASSERT_TRUE(copy.restore(filter.bytes()));
  EXPECT_FALSE(copy.restore("short"));
  std::uint64_t wrong = 0;
  for (std::uint64_t number = 0; number < 2 * keys; ++number) {
    const bool there = copy.may_have(hash(number));
    if (number < keys) {
      ASSERT_TRUE(there);
    } else {
      wrong += there ? 1 : 0;
    }
  }
  EXPECT_LT(wrong, keys / 100);
}

}  // namespace
}  // namespace sagad::journal::tests

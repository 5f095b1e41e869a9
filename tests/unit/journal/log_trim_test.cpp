#include <gmock/gmock.h>

#include <functional>
#include <future>
#include <system_error>
#include <utility>

#include "journal/log/key_file.hpp"
#include "journal/log/key_files.hpp"
#include "journal/log/segments.hpp"
#include "journal/sqlite.hpp"
#include "log_fixture.hpp"

namespace sagad::journal::tests {
namespace {

/// A log that is trimmed while time passes: entries are made at `time`.
class log_trim : public log_test {
 protected:
  void SetUp() override {
    log.settings().segment_bytes = 64U << 10U;
    log.settings().checkpoint_bytes = 16U << 10U;
    log.close();
    std::filesystem::remove_all(directory());
    reopen();
  }
  entry now(const saga_id& of, std::uint32_t seq, std::string_view bytes = "bytes") {
    auto result = make(of, seq, bytes);
    result.time = time;
    return result;
  }
  /// A saga with a key that starts and ends now.
  void whole_saga(std::uint64_t number, std::size_t bytes = 500) {
    const auto content = incompressible(bytes);
    const named_start name("key-" + std::to_string(number), "request", "canonical");
    auto begin = now(saga(number), 1, content);
    begin.key = &name.key;
    put(begin);
    auto end = now(saga(number), 2, content);
    end.final = true;
    put(end);
  }
  void much(std::uint64_t sagas = 200) {
    for (std::uint64_t count = 0; count < sagas; ++count) whole_saga(++last);
  }
  void trim() {
    while (store().trim(time)) {
    }
  }
  void much_later() {
    much();
    time += kept.history;
    much();
    trim();
  }
  std::vector<std::string> files_named(const std::string& prefix) {
    std::vector<std::string> found;
    for (const auto& one : std::filesystem::directory_iterator(directory())) {
      if (one.path().filename().string().starts_with(prefix)) found.push_back(one.path().string());
    }
    std::sort(found.begin(), found.end());
    return found;
  }
  /// Of the log: how far its index is behind depends on its thread.
  std::uint64_t bytes_on_disk() {
    std::uint64_t bytes = 0;
    for (const auto& path : files_named("segment-")) bytes += std::filesystem::file_size(path);
    for (const auto& path : files_named("keys-")) bytes += std::filesystem::file_size(path);
    return bytes;
  }

  /// While the log is closed: calls `lent` when the first key file found no room, and is tried again with that of the
  /// last prepared segment.
  void watch_for_lending() {
    log.disk().before_open([this](const std::string& path) {
      if (path.ends_with(log::key_file_name(1) + ".new") && ++key_file_attempts == 2) lent();
    });
  }

  millis time = first_time;
  std::uint64_t last = 1'000;
  std::function<void()> lent;
  int key_file_attempts = 0;
};

TEST_F(log_trim, a_log_under_load_stays_bounded) {
  log.close();
  log.settings().retention = {1'000, 2'000};
  log.settings().index_batch = 100;
  log.settings().index_keys_per_cut = 100;
  reopen();
  put(now(saga(1), 1, std::string(3'000, 'y')));
  std::uint64_t segments = 0;
  std::uint64_t keys = 0;
  std::uint64_t bytes = 0;
  for (int round = 0; round < 40; ++round) {
    much(60);
    time += 500;
    trim();
    if (round == 10) {
      segments = files_named("segment-").size();
      keys = files_named("keys-").size();
      bytes = bytes_on_disk();
    }
  }
  EXPECT_LE(files_named("segment-").size(), segments + 3);
  EXPECT_LE(files_named("keys-").size(), keys + 3);
  EXPECT_LE(bytes_on_disk(), 2 * bytes);
  EXPECT_EQ(store().read(saga(1)).size(), 1U);
  EXPECT_GT(store().measured().segments_freed, 10U);
  EXPECT_GT(store().measured().sagas_carried, 2U);
}

TEST_F(log_trim, the_index_keeps_nothing_of_what_is_gone) {
  log.settings().index_batch = 50;
  log.close();
  reopen();
  const auto rows = [this] {
    log.close();
    std::uint64_t found = 0;
    {
      sqlite file(directory() + "/index.db", sqlite::access::read);
      statement count(file, "SELECT COUNT(*) FROM finished");
      if (count.step()) found = static_cast<std::uint64_t>(count.integer(0));
    }
    reopen();
    return found;
  };
  for (int times = 0; times < 4; ++times) much_later();
  const auto before = rows();
  for (int times = 0; times < 4; ++times) much_later();
  EXPECT_LE(rows(), before + 200);
}

TEST_F(log_trim, a_saga_longer_than_a_frame_is_carried_over_several) {
  for (std::uint32_t seq = 1; seq <= 30; ++seq) {
    put(now(saga(1), seq, std::to_string(seq) + std::string(3'000, 'y')));
  }
  much_later();
  const auto check = [&] {
    const auto records = store().read(saga(1));
    ASSERT_EQ(records.size(), 30U);
    for (std::uint32_t seq = 1; seq <= 30; ++seq) {
      EXPECT_EQ(records[seq - 1].bytes, std::to_string(seq) + std::string(3'000, 'y'));
    }
  };
  check();
  std::uint64_t frames = 0;
  for (const auto& frame : frames_of(directory())) frames += frame.header.kind == log::frame_kind::carried ? 1 : 0;
  EXPECT_GT(frames, 3U);
  reopen();
  check();
  log.reopen_without_index();
  check();
}

TEST_F(log_trim, a_key_file_is_unlinked_when_its_keys_are_past_their_time_but_for_the_newest) {
  much_later();
  EXPECT_GT(files_named("keys-").size(), 1U);
  time += kept.keys;
  trim();
  trim();
  EXPECT_EQ(files_named("keys-").size(), 1U);
  reopen();
  EXPECT_FALSE(store().find_key("key-1001", time).has_value());
}

TEST_F(log_trim, what_an_interrupted_trimming_left_is_removed_by_the_opening) {
  const auto first = directory() + "/" + log::segment_name(1);
  much();
  time += kept.history;
  much();
  const auto bytes = read_file(first);
  trim();
  ASSERT_FALSE(std::filesystem::exists(first));
  log.close();
  write_file(first, bytes);
  const auto left = directory() + "/" + log::key_file_name(99) + ".new";
  write_file(left, "half");
  reopen();
  EXPECT_FALSE(std::filesystem::exists(first));
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_TRUE(store().read(saga(1'001)).empty());
}

TEST_F(log_trim, a_damaged_or_missing_key_file_is_refused_by_its_name_and_can_be_accepted) {
  much_later();
  log.close();
  const auto files = files_named("keys-");
  ASSERT_GT(files.size(), 2U);
  const copy_of_a_log before(directory());
  const auto refused = [&](const std::string& path) {
    EXPECT_THAT(log.open(), testing::AllOf(testing::HasSubstr(path), testing::HasSubstr("--accept-loss")));
    log.settings().accept_loss = true;
    EXPECT_EQ(log.open(), "");
    EXPECT_THAT(store().opened().lost, testing::HasSubstr(path));
    log.settings().accept_loss = false;
    log.close();
    before.restore();
  };
  auto bytes = read_file(files[1]);
  bytes[0] = static_cast<char>(~bytes[0]);
  write_file(files[1], bytes);
  refused(files[1]);
  write_file(files[1], read_file(files[1]).substr(0, 100));
  refused(files[1]);
  std::filesystem::remove(files[1]);
  refused(files[1]);
  // What lies deeper is met when the index is built from it.
  bytes = read_file(files[1]);
  bytes[bytes.size() - 1] = static_cast<char>(~bytes[bytes.size() - 1]);
  write_file(files[1], bytes);
  log.remove_index();
  refused(files[1]);
}

// The checksum is the whole file's, and not all files are read whole by an opening.
TEST_F(log_trim, what_a_key_file_says_of_its_stretch_of_the_log_is_not_believed_when_it_is_damaged) {
  constexpr std::size_t of_from = 24;
  constexpr std::size_t of_to = 32;
  much_later();
  log.close();
  const auto files = files_named("keys-");
  ASSERT_GT(files.size(), 2U);
  const copy_of_a_log before(directory());
  for (const auto& path : {files.front(), files[1], files.back()}) {
    for (const auto at : {of_from, of_from + 2, of_to, of_to + 2}) {
      auto bytes = read_file(path);
      bytes[at] = static_cast<char>(bytes[at] ^ 1);
      write_file(path, bytes);
      EXPECT_THAT(log.open(), testing::HasSubstr(path)) << at;
      before.restore();
    }
  }
  EXPECT_EQ(log.open(), "");
}

TEST_F(log_trim, when_the_keys_of_the_oldest_key_file_end_is_not_believed_when_it_is_damaged) {
  constexpr std::size_t of_newest_end = 40;
  much_later();
  const auto path = files_named("keys-").front();
  auto bytes = read_file(path);
  for (std::size_t at = of_newest_end; at < of_newest_end + 8; ++at) bytes[at] = at == of_newest_end ? 1 : 0;
  write_file(path, bytes);
  log.close();
  EXPECT_THAT(log.open(), testing::HasSubstr(path));
  log.settings().accept_loss = true;
  EXPECT_EQ(log.open(), "");
}

TEST_F(log_trim, a_loss_of_start_keys_is_accepted_once) {
  much_later();
  log.close();
  const auto files = files_named("keys-");
  ASSERT_GT(files.size(), 2U);
  const copy_of_a_log before(directory());
  const auto then = time;
  const auto accepted_for_good = [&] {
    time = then;
    log.settings().accept_loss = true;
    ASSERT_EQ(log.open(), "");
    log.settings().accept_loss = false;
    reopen();
    EXPECT_EQ(store().opened().lost, "");
    EXPECT_TRUE(store().find_key("key-1001", time).has_value()) << "what is whole is kept";
    log.reopen_without_index();
    EXPECT_TRUE(store().find_key("key-1001", time).has_value());
    time += kept.keys;
    trim();
    reopen();
    log.close();
    before.restore();
  };
  std::filesystem::remove(files[1]);
  accepted_for_good();
  write_file(files[1], "no key file");
  accepted_for_good();
  write_file(files.back(), read_file(files.back()).substr(0, 100));
  accepted_for_good();
  auto bytes = read_file(files[1]);
  bytes[bytes.size() - 1] = static_cast<char>(~bytes[bytes.size() - 1]);
  write_file(files[1], bytes);
  log.remove_index();
  accepted_for_good();
}

TEST_F(log_trim, keys_that_are_looked_up_in_many_files_leave_few_of_them_open) {
  const auto first = last + 1;
  much(2'000);
  time += kept.history;
  much();
  trim();
  ASSERT_GT(files_named("keys-").size(), 2 * log::key_files::open_files_max);
  const auto open = log.disk().open_files();
  for (int round = 0; round < 2; ++round) {
    for (auto number = first; number < first + 1'900; ++number) {
      ASSERT_TRUE(store().find_key("key-" + std::to_string(number), time).has_value()) << number;
    }
    EXPECT_LT(log.disk().open_files(), open + 2 * log::key_files::open_files_max);
  }
}

TEST_F(log_trim, a_start_whose_key_leads_to_a_damaged_key_file_is_refused_and_no_other) {
  much_later();
  const auto path = files_named("keys-").front();
  auto bytes = read_file(path);
  bytes[bytes.size() - 1] = static_cast<char>(~bytes[bytes.size() - 1]);
  write_file(path, bytes);
  const named_start held("key-1001", "request", "canonical");
  auto begin = now(saga(1), 1);
  begin.key = &held.key;
  const auto told = put(begin);
  EXPECT_EQ(told.result, result::refused);
  EXPECT_THAT(told.why, testing::HasSubstr(path));
  --positions[0];
  const named_start fresh("fresh", "request", "canonical");
  auto other = now(saga(2), 1);
  other.key = &fresh.key;
  EXPECT_EQ(put(other).result, result::durable);
}

TEST_F(log_trim, a_log_whose_oldest_segment_is_gone_without_being_free_is_refused) {
  much_later();
  log.close();
  std::filesystem::remove(files_named("segment-").front());
  EXPECT_THAT(log.open(), testing::HasSubstr("is missing"));
}

TEST_F(log_trim, a_full_disk_is_given_room_by_trimming) {
  much();
  time += kept.history;
  much();
  log.disk().set_quota(log.disk().used());
  std::uint64_t number = 5'000;
  // Until starts are refused.
  while (put(now(saga(++number), 1, incompressible(2'000))).result == result::durable) {
  }
  --positions[0];
  const auto freed = store().measured().segments_freed;
  trim();
  EXPECT_GT(store().measured().segments_freed, freed);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  auto again = put(now(saga(++number), 1));
  while (again.result == result::full && std::chrono::steady_clock::now() < deadline) {
    --positions[0];
    again = put(now(saga(++number), 1));
  }
  EXPECT_EQ(again.result, result::durable);
}

TEST_F(log_trim, a_log_that_waits_for_room_is_not_waited_for) {
  much();
  time += kept.history;
  much();
  put(now(saga(1), 1));
  log.disk().set_quota(log.disk().used());
  lane one(store());
  std::uint32_t seq = 1;
  ticket sent = 0;
  ASSERT_TRUE(eventually([&] {
    if (!store().measured().waits_for_room && seq < 1'000) {
      ++seq;
      sent = one.appender().append(now(saga(1), seq, incompressible(20'000, seq)));
      one.appender().submit(false);
    }
    return store().measured().waits_for_room;
  }));
  auto trimming = std::async(std::launch::async, [&] { EXPECT_THROW(store().trim(time), std::system_error); });
  EXPECT_EQ(trimming.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  log.disk().set_quota(UINT64_MAX);
  trimming.wait();
  EXPECT_TRUE(one.wait(sent).empty());
  trim();
  EXPECT_GT(store().measured().segments_freed, 0U);
}

TEST_F(log_trim, room_that_was_lent_to_trimming_is_taken_back_by_a_log_that_waits_for_it) {
  log.close();
  log.settings().reserve_bytes = 24U << 10U;
  watch_for_lending();
  reopen();
  much();
  time += kept.history;
  much();
  put(now(saga(1), 1));
  std::uint32_t seq = 1;
  const std::uint64_t a_segment = log.settings().segment_bytes;
  ASSERT_TRUE(eventually([&] { return store().measured().prepared_bytes > a_segment + 20'000; }));
  log.disk().set_quota(log.disk().used());
  while (store().measured().prepared_bytes > a_segment + 20'000) put(now(saga(1), ++seq, incompressible(1'000)));
  lane one(store());
  ticket sent = 0;
  lent = [&] {
    log.disk().set_quota(log.disk().used() + a_segment);
    for (int more = 0; more < 10; ++more) {
      ++seq;
      sent = one.appender().append(now(saga(1), seq, incompressible(5'000, seq)));
      one.appender().submit(false);
    }
    EXPECT_TRUE(eventually([&] { return store().measured().waits_for_room; }));
  };
  auto trimming = std::async(std::launch::async, [&] {
    EXPECT_TRUE(eventually([&] {
      // While the last segment is being prepared it is not lent.
      key_file_attempts = 0;
      EXPECT_THROW(store().trim(time), std::system_error);
      return key_file_attempts == 2;
    }));
  });
  EXPECT_EQ(trimming.wait_for(std::chrono::seconds(150)), std::future_status::ready);
  EXPECT_TRUE(one.wait(sent).empty());
  EXPECT_TRUE(eventually([&] { return !store().measured().waits_for_room; }));
  log.disk().set_quota(UINT64_MAX);
  trim();
  EXPECT_GT(store().measured().segments_freed, 0U);
}

TEST_F(log_trim, a_start_does_not_wait_for_room_that_was_lent_to_trimming) {
  log.close();
  watch_for_lending();
  reopen();
  much();
  time += kept.history;
  much();
  // The key file is the first that finds the disk full.
  log.disk().set_quota(log.disk().used());
  std::uint64_t number = 5'000;
  lent = [&] {
    auto told = result::durable;
    while (told == result::durable) told = put(now(saga(++number), 1, incompressible(1'000))).result;
    EXPECT_EQ(told, result::full);
    --positions[0];
  };
  EXPECT_TRUE(eventually([&] {
    key_file_attempts = 0;
    trim();
    return store().measured().segments_freed > 0 || key_file_attempts == 2;
  }));
  EXPECT_EQ(key_file_attempts, 2);
}

TEST_F(log_trim, sagas_that_a_scan_shows_from_their_begin_are_not_named_as_carried) {
  log.close();
  int looks = 0;
  log.disk().before_open([&](const std::string& path) {
    // They are copied, and what they were copied from is not free yet.
    if (!path.ends_with(log::key_file_name(1) + ".new")) return;
    ++looks;
    EXPECT_THAT(store().carried(), testing::IsEmpty());
  });
  reopen();
  put(now(saga(1), 1));
  much_later();
  EXPECT_EQ(looks, 1);
  EXPECT_THAT(store().carried(), testing::Contains(saga(1)));
}

TEST_F(log_trim, a_saga_that_goes_on_when_it_is_about_to_go_stays_whole) {
  log.close();
  bool went_on = false;
  log.disk().before_open([&](const std::string& path) {
    // Its segment is sorted out, and not free yet.
    if (!path.ends_with(log::key_file_name(1) + ".new") || std::exchange(went_on, true)) return;
    put(now(saga(1'001), 3, "late"));
  });
  reopen();
  much();
  time += kept.history;
  much();
  trim();
  ASSERT_TRUE(went_on);
  EXPECT_EQ(store().measured().segments_freed, 0U);
  trim();
  EXPECT_GT(store().measured().segments_freed, 0U);
  const auto check = [&] {
    const auto records = store().read(saga(1'001));
    ASSERT_EQ(records.size(), 3U);
    EXPECT_EQ(records[2].bytes, "late");
    EXPECT_TRUE(store().find_key("key-1001", time).has_value());
  };
  check();
  reopen();
  check();
}

TEST_F(log_trim, sagas_that_stand_still_are_copied_once_in_a_retention) {
  for (std::uint64_t number = 1; number <= 200; ++number) put(now(saga(number), 1, incompressible(2'000, number)));
  const auto trim_at_most = [&](int pieces) {
    while (pieces-- != 0 && store().trim(time)) {
    }
    return pieces >= 0;
  };
  time += kept.history;
  ASSERT_TRUE(trim_at_most(50)) << "copies of copies are freed without end";
  time += kept.history - 1;
  ASSERT_TRUE(trim_at_most(50));
  EXPECT_LE(store().measured().sagas_carried, 200U);
  time += kept.history;
  // How far it gets depends on where the last checkpoint begins.
  EXPECT_TRUE(eventually([&] {
    much(5);
    trim_at_most(50);
    return store().measured().sagas_carried > 200;
  }));
}

TEST_F(log_trim, a_segment_is_freed_in_small_pieces) {
  log.close();
  log.settings().trim_piece_bytes = 4U << 10U;
  log.settings().index_removed_at_once = 10;
  reopen();
  put(now(saga(1), 1, std::string(9'000, 'y')));
  much();
  time += kept.history;
  much();
  std::uint64_t calls = 0;
  // In between everything goes on: a saga of that segment ends, one that was over goes on, and others begin.
  for (; store().measured().segments_freed == 0; ++calls) {
    store().trim(time);
    if (calls == 2) put(now(saga(1), 2));
    if (calls == 4) put(now(saga(1'001), 3, "late"));
    whole_saga(++last, 10);
    ASSERT_LT(calls, 1'000U);
  }
  // It is read twice.
  EXPECT_GT(calls, 2 * log.settings().segment_bytes / log.settings().trim_piece_bytes / 2);
  trim();
  const auto check = [&] {
    EXPECT_EQ(store().read(saga(1)).size(), 2U);
    EXPECT_EQ(store().read(saga(1'001)).size(), 3U);
    EXPECT_TRUE(store().read(saga(1'002)).empty());
    EXPECT_TRUE(store().find_key("key-1002", time).has_value());
    EXPECT_THAT(store().gone_of({saga(1), saga(1'001), saga(1'002), saga(last)}), testing::ElementsAre(saga(1'002)));
  };
  check();
  reopen();
  check();
}

TEST_F(log_trim, a_large_file_is_removed_in_pieces) {
  log.close();
  log.settings().segment_bytes = 9U << 20U;
  std::filesystem::remove_all(directory());
  reopen();
  for (int count = 0; count < 120; ++count) {
    if (count == 60) time += kept.history;
    whole_saga(++last, 200'000);
  }
  const auto first = directory() + "/" + log::segment_name(1);
  std::vector<std::uint64_t> sizes;
  while (store().trim(time)) {
    if (!std::filesystem::exists(first)) continue;
    const auto size = std::filesystem::file_size(first);
    if (sizes.empty() || sizes.back() != size) sizes.push_back(size);
  }
  EXPECT_FALSE(std::filesystem::exists(first));
  EXPECT_THAT(sizes, testing::ElementsAre(9U << 20U, 5U << 20U, 1U << 20U));
}

TEST_F(log_trim, a_freed_file_that_was_cut_is_removed_by_the_opening) {
  much();
  time += kept.history;
  much();
  log.disk().fail_removals(true);
  while (store().measured().segments_freed == 0) EXPECT_THROW(store().trim(time), std::system_error);
  log.disk().fail_removals(false);
  log.close();
  std::filesystem::resize_file(directory() + "/" + log::segment_name(1), 100);
  reopen();
  EXPECT_FALSE(std::filesystem::exists(directory() + "/" + log::segment_name(1)));
}

TEST_F(log_trim, nothing_is_freed_behind_which_no_checkpoint_begins) {
  log.close();
  log.settings().checkpoint_bytes = UINT64_MAX / 8;
  reopen();
  much_later();
  EXPECT_EQ(store().measured().segments_freed, 0U);
  log.close();
  log.settings().checkpoint_bytes = 16U << 10U;
  reopen();
  much_later();
  EXPECT_GT(store().measured().segments_freed, 0U);
}

TEST_F(log_trim, what_cannot_be_removed_is_told_and_removed_later) {
  much();
  time += kept.history;
  much();
  log.disk().fail_removals(true);
  EXPECT_THROW(store().trim(time), std::system_error);
  log.disk().fail_removals(false);
  trim();
  EXPECT_FALSE(std::filesystem::exists(directory() + "/" + log::segment_name(1)));
  EXPECT_TRUE(store().read(saga(1'001)).empty());
}

}  // namespace
}  // namespace sagad::journal::tests

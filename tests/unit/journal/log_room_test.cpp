#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>

#include "journal/log/saga_demand.hpp"
#include "log_fixture.hpp"

namespace sagad::journal::tests {
namespace {

using testing::HasSubstr;

class log_room : public log_test {
 protected:
  std::uint64_t start_until_full(std::uint64_t number) {
    const auto bytes = incompressible(5'000);
    for (auto outcome = result::durable; outcome == result::durable; ++number) {
      outcome = put(make(saga(number), 1, bytes)).result;
      EXPECT_NE(outcome, result::not_owner);
    }
    return number - 1;
  }
  /// Closes the log: while it is open a preparation may be under way.
  bool leaves_unfinished_files() {
    log.close();
    const std::filesystem::directory_iterator all(directory());
    return std::any_of(begin(all), end(all), [](const auto& entry) { return entry.path().extension() == ".new"; });
  }
};

TEST_F(log_room, a_full_disk_refuses_starts_and_lets_every_live_saga_end) {
  log.disk().set_quota(4U << 20U);
  const auto refused = start_until_full(1);
  EXPECT_GT(refused, 10U);
  EXPECT_TRUE(store().measured().full);
  for (std::uint64_t number = 1; number < refused; ++number) {
    for (std::uint32_t seq = 2; seq <= 4; ++seq) {
      ASSERT_EQ(put(make(saga(number), seq, incompressible(500))).result, result::durable);
    }
    finish(saga(number), 5);
  }
  EXPECT_EQ(store().measured().live_sagas, 0U);
  EXPECT_LE(log.disk().used(), 4U << 20U);
  EXPECT_FALSE(leaves_unfinished_files());
  log.disk().set_quota(UINT64_MAX);
  reopen();
  EXPECT_EQ(store().opened().live_sagas, 0U);
  EXPECT_EQ(store().read(saga(1)).size(), 5U);
}

TEST_F(log_room, a_full_disk_lets_live_sagas_end_whose_records_are_as_large_as_those_before) {
  const auto large = incompressible(60'000);
  const auto end = [&](std::uint64_t number) {
    for (std::uint32_t seq = 2; seq <= 5; ++seq) {
      ASSERT_EQ(put(make(saga(number), seq, large)).result, result::durable);
      ASSERT_FALSE(store().measured().waits_for_room) << number;
    }
    finish(saga(number), 6);
  };
  log.disk().set_quota(32U << 20U);
  for (std::uint64_t number = 1; number <= 10; ++number) {
    put(make(saga(number), 1));
    end(number);
  }
  // The next process knows it from the one before.
  reopen();
  const auto refused = start_until_full(11);
  EXPECT_GT(refused, 30U);
  const auto used = store().measured();
  ASSERT_GE(used.prepared_bytes, (refused - 11) * 4 * large.size()) << "less than they are going to write";
  for (std::uint64_t number = 11; number < refused; ++number) end(number);
  EXPECT_EQ(store().measured().live_sagas, 0U);
}

TEST(saga_demand, follows_what_sagas_write_and_stays_within_its_bounds) {
  log::saga_demand demand(4'096, 0);
  EXPECT_EQ(demand.bytes_a_saga(), 4'096U);
  const auto run = [&](int sagas, int records, std::uint64_t bytes) {
    for (int saga = 0; saga < sagas; ++saga) {
      demand.add(true, false, 1U << 20U);
      for (int record = 1; record < records; ++record) demand.add(false, false, bytes);
      demand.add(false, true, bytes);
    }
  };
  run(100, 4, 100);
  EXPECT_EQ(demand.bytes_a_saga(), 4'096U) << "starts do not count, and the floor stands";
  run(3'000, 4, 10'000);
  EXPECT_GE(demand.bytes_a_saga(), 40'000U);
  EXPECT_LE(demand.bytes_a_saga(), 120'000U);
  const log::saga_demand next(4'096, demand.bytes_a_saga());
  EXPECT_EQ(next.bytes_a_saga(), demand.bytes_a_saga());
  run(3'000, 4, 1U << 20U);
  EXPECT_EQ(demand.bytes_a_saga(), log::saga_demand::bytes_a_saga_max);
  run(20'000, 4, 100);
  EXPECT_EQ(demand.bytes_a_saga(), 4'096U) << "what is long ago is forgotten";
}

TEST_F(log_room, starts_go_on_when_there_is_room_again) {
  log.disk().set_quota(2U << 20U);
  auto number = start_until_full(1);
  log.disk().set_quota(UINT64_MAX);
  EXPECT_TRUE(eventually([&] { return put(make(saga(++number), 1)).result == result::durable; }));
  EXPECT_FALSE(store().measured().full);
}

TEST_F(log_room, a_process_that_may_open_no_further_file_refuses_starts_and_takes_them_again_later) {
  log.disk().set_open_files_max(0);
  auto number = start_until_full(1);
  EXPECT_TRUE(store().measured().full);
  log.disk().set_open_files_max(SIZE_MAX);
  EXPECT_TRUE(eventually([&] { return put(make(saga(++number), 1)).result == result::durable; }));
}

TEST_F(log_room, reading_gives_up_an_open_segment_for_the_one_it_needs) {
  fill(1, 100, 20'000);
  reopen();
  EXPECT_TRUE(eventually([&] {
    return store().measured().prepared_bytes >= store().measured().reserve_bytes + log.settings().segment_bytes;
  }));
  log.disk().set_open_files_max(log.disk().open_files() + 1);
  EXPECT_EQ(store().read(saga(1)).size(), 100U);
}

TEST_F(log_room, a_full_disk_is_asked_once_in_each_retry_time_and_then_starts_go_on) {
  std::atomic<std::int64_t> milliseconds = 0;
  log.settings().now = [&] {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(milliseconds.load()));
  };
  log.settings().room_retry = std::chrono::milliseconds(200);
  reopen();
  log.disk().set_quota(2U << 20U);
  auto number = start_until_full(1);
  std::uint32_t seq = 1;
  const auto stir = [&] {
    for (int count = 0; count < 20; ++count) put(make(saga(1), ++seq));
  };
  stir();
  auto asked = log.disk().refusals();
  for (int retry = 0; retry < 4; ++retry) {
    milliseconds += 199;
    stir();
    EXPECT_EQ(log.disk().refusals(), asked) << "it is asked before its time";
    milliseconds += 1;
    EXPECT_TRUE(eventually([&] { return log.disk().refusals() == asked + 1; }));
    asked = log.disk().refusals();
    stir();
  }
  log.disk().set_quota(UINT64_MAX);
  EXPECT_EQ(put(make(saga(++number), 1, incompressible(5'000))).result, result::full) << "nobody has asked again";
  milliseconds += 200;
  EXPECT_TRUE(eventually([&] { return put(make(saga(++number), 1)).result == result::durable; }));
  log.close();
}

TEST_F(log_room, a_log_that_waits_for_room_can_be_closed_and_keeps_what_was_settled) {
  log.disk().set_quota(1U << 20U);
  put(make(saga(1), 1));
  std::uint32_t seq = 1;
  std::uint32_t settled = 1;
  {
    lane one(store());
    EXPECT_TRUE(eventually([&] {
      if (!store().measured().waits_for_room && seq < 200) {
        ++seq;
        one.appender().append(make(saga(1), seq, incompressible(20'000, seq)));
        one.appender().submit(false);
      }
      return store().measured().waits_for_room;
    }));
    std::vector<exception> told;
    settled += static_cast<std::uint32_t>(one.appender().settled(told));
  }
  log.close();
  log.disk().set_quota(UINT64_MAX);
  reopen();
  const auto kept = store().read(saga(1)).size();
  EXPECT_GE(kept, settled);
  EXPECT_LT(kept, seq);
}

TEST_F(log_room, what_is_live_waits_when_there_is_no_room_at_all_and_goes_on_when_there_is) {
  log.disk().set_quota(1U << 20U);
  put(make(saga(1), 1));
  lane one(store());
  std::uint32_t seq = 1;
  ticket last = 0;
  EXPECT_TRUE(eventually([&] {
    if (!store().measured().waits_for_room && seq < 200) {
      ++seq;
      last = one.appender().append(make(saga(1), seq, incompressible(20'000, seq)));
      one.appender().submit(false);
    }
    return store().measured().waits_for_room;
  }));
  EXPECT_TRUE(store().measured().full) << "a start is refused, too";
  log.disk().set_quota(UINT64_MAX);
  EXPECT_TRUE(one.wait(last).empty());
  EXPECT_FALSE(store().measured().waits_for_room);
  reopen();
  EXPECT_EQ(store().read(saga(1)).size(), seq);
}

TEST_F(log_room, who_may_commit_on_his_own_thread_never_waits_there_for_room) {
  log.disk().set_quota(1U << 20U);
  put(make(saga(1), 1));
  lane one(store());
  std::uint32_t seq = 1;
  ticket last = 0;
  // Four times what there is room for. A wait may pass: a smaller file is prepared, and fits.
  auto submitting = std::async(std::launch::async, [&] {
    while (seq < 200) {
      ++seq;
      last = one.appender().append(make(saga(1), seq, incompressible(20'000, seq)));
      one.appender().submit(true);
    }
  });
  EXPECT_EQ(submitting.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_TRUE(eventually([&] { return store().measured().waits_for_room; })) << "the writer is the one who waits";
  log.disk().set_quota(UINT64_MAX);
  submitting.wait();
  EXPECT_TRUE(one.wait(last).empty());
}

TEST_F(log_room, a_start_that_is_larger_than_the_room_is_refused_while_smaller_ones_go_on) {
  log.disk().set_quota(4U << 20U);
  put(make(saga(1), 1));
  EXPECT_EQ(put(make(saga(2), 1, std::string(8U << 20U, 'x'))).result, result::full);
  EXPECT_EQ(put(make(saga(3), 1)).result, result::durable);
  EXPECT_EQ(put(make(saga(1), 2, std::string(1U << 20U, 'x'))).result, result::durable);
  EXPECT_FALSE(leaves_unfinished_files());
  reopen();
  EXPECT_EQ(store().read(saga(1)).size(), 2U);
  EXPECT_TRUE(store().read(saga(2)).empty());
}

TEST_F(log_room, that_a_start_was_refused_is_told_for_a_while_whatever_smaller_one_was_taken_since) {
  std::atomic<std::int64_t> milliseconds = 1;
  log.settings().now = [&] {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(milliseconds.load()));
  };
  log.settings().full_told_for = std::chrono::milliseconds(5'000);
  reopen();
  // Else the large start finds nothing prepared, and the small one nothing either: by this clock the disk is asked
  // once.
  EXPECT_TRUE(eventually([&] {
    const auto now = store().measured();
    return now.prepared_bytes >= now.reserve_bytes + log.settings().segment_bytes;
  }));
  log.disk().set_quota(4U << 20U);
  EXPECT_FALSE(store().measured().full);
  EXPECT_EQ(put(make(saga(1), 1, std::string(8U << 20U, 'x'))).result, result::full);
  EXPECT_EQ(put(make(saga(2), 1)).result, result::durable);
  EXPECT_TRUE(store().measured().full);
  milliseconds += 4'999;
  EXPECT_TRUE(store().measured().full);
  milliseconds += 1;
  EXPECT_FALSE(store().measured().full);
  log.close();
}

TEST_F(log_room, room_is_taken_ahead_for_what_is_live) {
  log.settings().reserve_bytes_per_saga = 64U << 10U;
  reopen();
  for (std::uint64_t number = 1; number <= 50; ++number) put(make(saga(number), 1));
  EXPECT_EQ(store().measured().reserve_bytes, log.settings().reserve_bytes + 50 * (64U << 10U));
  EXPECT_TRUE(eventually([&] {
    const auto now = store().measured();
    return now.prepared_bytes >= now.reserve_bytes + log.settings().segment_bytes;
  }));
  EXPECT_GE(log.disk().used(), store().measured().reserve_bytes);
}

TEST_F(log_room, a_disk_that_is_full_at_the_first_opening_gets_one_line_and_keeps_nothing) {
  log.close();
  std::filesystem::remove_all(directory());
  log.disk().set_quota(100'000);
  EXPECT_THAT(log.open(), HasSubstr("No space left on device"));
  EXPECT_FALSE(leaves_unfinished_files());
  log.disk().set_quota(UINT64_MAX);
  EXPECT_EQ(log.open(), "");
}

TEST_F(log_room, a_disk_that_is_full_at_a_later_opening_still_opens) {
  log.disk().set_quota(2U << 20U);
  const auto refused = start_until_full(1);
  log.disk().set_quota(log.disk().used());
  reopen();
  EXPECT_EQ(store().opened().live_sagas, refused - 1);
  EXPECT_EQ(put(make(saga(1), 2)).result, result::durable);
}

TEST_F(log_room, what_an_interrupted_preparation_left_is_removed) {
  log.close();
  const auto left = directory() + "/" + "segment-0000000009.log.new";
  write_file(left, std::string(1000, '\0'));
  reopen();
  EXPECT_FALSE(std::filesystem::exists(left));
}

/// The log is opened by the child that dies: the test itself has no threads, and removes the directory.
class log_room_death : public log_room {
 protected:
  void SetUp() override { log.close(); }
};

TEST_F(log_room_death, a_failed_sync_ends_the_process_with_one_line) {
  const auto run = [this] {
    log.reopen();
    log.disk().fail_sync(0, EIO);
    put(make(saga(1), 1));
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(70), "^sagad: journal: [^\n]*cannot [^\n]*Input/output error[^\n]*\n$");
}

TEST_F(log_room_death, a_failed_write_ends_the_process_with_one_line) {
  const auto run = [this] {
    log.reopen();
    log.disk().fail_write(0, EIO);
    put(make(saga(1), 1));
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(70), "^sagad: journal: [^\n]*Input/output error[^\n]*\n$");
}

TEST_F(log_room_death, a_position_that_does_not_rise_ends_the_process) {
  const auto run = [this] {
    log.reopen();
    put(make(saga(1), 1));
    auto twin = make(saga(2), 1);
    twin.position = 1;
    put(twin);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(70), "position 1 of partition 0 is not above its last one, 1");
}

}  // namespace
}  // namespace sagad::journal::tests

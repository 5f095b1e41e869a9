#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <random>

#include "journal/log/definitions.hpp"
#include "journal/log/preparer.hpp"
#include "journal/log/recovery.hpp"
#include "journal/log/segments.hpp"
#include "log_lives.hpp"
#include "power_files.hpp"
#include "tests/support/eventually.hpp"

namespace sagad::journal::tests {
namespace {

using sagad::tests::eventually;

using ending = power_files::ending;

/// The log on a disk that forgets what was not synced. The lock and the index keep what they have: they are written
/// later than the log, and so know of everything that the log must have.
class log_power : public log_lives {
 protected:
  void SetUp() override {
    log_lives::SetUp();
    std::filesystem::remove_all(directory());
    forget();
  }
  const std::string& root() { return log.directory().path(); }
  std::string left() { return log.directory().path("left"); }

  void forget() {
    std::filesystem::remove_all(left());
    disk_ = std::make_shared<power_files>(root());
    log.settings().files = disk_;
  }
  /// Lives that end in each of their writes and syncs, each from what `begin` puts there; `after` is done with what an
  /// end has left. Returns how many there were: the first that outlives them ends it.
  template <typename Begin, typename After>
  long end_everywhere(ending how, bool lucky, Begin&& begin, After&& after) {
    for (long number = 0;; number += moments_apart) {
      begin();
      forget();
      std::mt19937_64 luck(static_cast<std::uint64_t>(number));
      const auto prepare = [&] {
        disk_->end_after(number, how, left(), lucky ? &luck : nullptr);
        // What a process says of its end is not this test's.
        if (how == ending::failed_sync && std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(5);
      };
      const int status = live_and_die(7, 40, prepare, [&] { disk_->leave_it_to_who_saw_the_failure(); });
      if (!std::filesystem::exists(left())) return number;
      EXPECT_THAT(status, how == ending::power_cut ? testing::AnyOf(0, 0) : testing::AnyOf(2, 70)) << number;
      after(power_files::load(left()));
      if (testing::Test::HasFailure()) {
        ADD_FAILURE() << "in the end " << number;
        return number;
      }
    }
  }
  void power_returns(const power_files::image& left_on_disk) {
    for (const auto& [path, bytes] : left_on_disk) {
      if (!log::segment_sequence(std::filesystem::path(path).filename().string())) continue;
      EXPECT_GE(bytes.size(), log.settings().segment_bytes) << "a segment has its name before it has its room";
    }
    power_files::put_in_place(left_on_disk, root());
    forget();
    check();
  }

  /// The next process opens the log, with what the page cache has; then the power fails.
  void next_process(const power_files::image& left_on_disk, bool written_back) {
    disk_ = std::make_shared<power_files>(root());
    log.settings().files = disk_;
    disk_->resume(left_on_disk, written_back);
    const auto checkpoint_bytes = std::exchange(log.settings().checkpoint_bytes, UINT64_MAX / 8);
    ASSERT_EQ(log.open(), "");
    const auto image = disk_->durable();
    log.close();
    log.settings().checkpoint_bytes = checkpoint_bytes;
    power_files::put_in_place(image, root());
    forget();
    check();
  }

  std::shared_ptr<power_files> disk_;
};

/// From nothing, and from a log of some segments.
class log_power_everywhere : public log_power, public testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    log_power::SetUp();
    if (!from_a_log()) return;
    for (int life = 0; life < 4; ++life) live_and_die(static_cast<std::uint64_t>(life), 60, [] {});
    check();
    before_ = told_;
    copy_.emplace(directory());
  }
  static bool from_a_log() { return GetParam(); }

  void begin() {
    told_ = before_;
    if (copy_) {
      copy_->restore();
    } else {
      std::filesystem::remove_all(directory());
    }
  }

  memory before_;
  std::optional<copy_of_a_log> copy_;
};

TEST_P(log_power_everywhere, nothing_that_was_told_is_lost_by_a_power_cut_at_any_write_or_sync) {
  for (const bool lucky : {false, true}) {
    const auto ends = end_everywhere(
        ending::power_cut, lucky, [this] { begin(); }, [this](const auto& image) { power_returns(image); });
    EXPECT_GT(ends, 40);
  }
}

TEST_P(log_power_everywhere, a_failed_sync_leaves_nothing_to_the_next_process_that_a_power_cut_takes) {
  const auto ends = end_everywhere(
      ending::failed_sync, false, [this] { begin(); }, [this](const auto& image) { next_process(image, true); });
  EXPECT_GT(ends, 20);
}

TEST_P(log_power_everywhere, a_killed_process_leaves_nothing_to_the_next_one_that_a_power_cut_takes) {
  const auto ends = end_everywhere(
      ending::power_cut, false, [this] { begin(); }, [this](const auto& image) { next_process(image, false); });
  EXPECT_GT(ends, 40);
}

INSTANTIATE_TEST_SUITE_P(begun, log_power_everywhere, testing::Bool(),
                         [](const auto& one) { return std::string(one.param ? "from_a_log" : "from_nothing"); });

/// From a log of some segments, of which the oldest may go.
class log_power_trimming : public log_power {
 protected:
  void SetUp() override {
    log_power::SetUp();
    log.settings().retention = {20, 60};
    for (int life = 0; life < 6; ++life) live_and_die(static_cast<std::uint64_t>(life), 60, [] {});
    check();
    before_ = told_;
    copy_.emplace(directory());
    trims_ = true;
  }
  void begin() {
    told_ = before_;
    copy_->restore();
  }

  memory before_;
  std::optional<copy_of_a_log> copy_;
};

TEST_F(log_power_trimming, nothing_that_is_kept_is_lost_by_a_power_cut_at_any_write_or_sync_of_trimming) {
  for (const bool lucky : {false, true}) {
    bool freed = false;
    const auto ends = end_everywhere(
        ending::power_cut, lucky, [this] { begin(); },
        [&](const auto& image) {
          for (const auto& [path, bytes] : image) freed = freed || path.find("/keys-") != std::string::npos;
          log.remove_index();
          power_returns(image);
        });
    EXPECT_GT(ends, 40);
    EXPECT_TRUE(freed);
  }
}

TEST_F(log_power_trimming, a_failed_sync_of_trimming_leaves_nothing_to_the_next_process_that_a_power_cut_takes) {
  const auto ends = end_everywhere(
      ending::failed_sync, false, [this] { begin(); }, [this](const auto& image) { next_process(image, true); });
  EXPECT_GT(ends, 20);
}

TEST_F(log_power, the_last_frame_of_a_segment_that_a_killed_process_did_not_sync_is_synced_by_the_next) {
  log.settings().checkpoint_bytes = UINT64_MAX / 8;
  ASSERT_EQ(live_and_die(1, 1, [] {}), 0);
  const auto last = [this] { return frames_of(directory()).back(); };
  const auto first_segment = directory() + "/" + log::segment_name(1);
  const pid_t child = ::fork();
  if (child == 0) {
    forget();
    if (!log.open().empty()) ::_exit(2);
    positions = store().opened().last_position;
    const auto rest = [&] { return log.settings().segment_bytes - (last().at + last().header.bytes); };
    std::uint32_t seq = 0;
    while (rest() > 4'000) put(make(saga(1'000), ++seq, incompressible(1'500)));
    disk_->watch(first_segment);
    disk_->end_after(0, ending::power_cut, left());
    // Leaves too little for the frame with which an opening begins.
    const auto size = rest() - log::frame_header_bytes - log::record_header_bytes - 20;
    put(make(saga(1'000), ++seq, incompressible(size)));
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  ASSERT_EQ(last().at + last().header.bytes, log.settings().segment_bytes - 20);
  disk_ = std::make_shared<power_files>(root());
  log.settings().files = disk_;
  disk_->resume(power_files::load(left()), false);
  ASSERT_EQ(log.open(), "");
  const auto records = store().read(saga(1'000)).size();
  const auto image = disk_->durable();
  log.close();
  ASSERT_EQ(last().header.sequence, 2U);
  power_files::put_in_place(image, root());
  ASSERT_EQ(log.open(), "");
  EXPECT_EQ(store().read(saga(1'000)).size(), records);
}

TEST_F(log_power, an_opening_hands_the_index_only_what_has_a_frame_behind_it) {
  log.settings().checkpoint_bytes = UINT64_MAX / 8;
  log.settings().index_batch = 1;
  ASSERT_EQ(log.open(), "");
  for (std::uint64_t batch = 0; batch < 3; ++batch) {
    lane one(store());
    ticket last = 0;
    for (std::uint64_t number = 1; number <= 8; ++number) {
      const named_start name("key-" + std::to_string(batch * 8 + number), "b", "c");
      auto begin = make(saga(batch * 8 + number), 1);
      begin.key = &name.key;
      last = one.appender().append(begin);
    }
    ASSERT_TRUE(one.commit(last).empty());
  }
  log.close();
  log.remove_index();
  auto lock = log::lock_file::take(directory());
  const auto found = log::recover(log.settings(), disk_, *std::get<0>(lock));
  ASSERT_TRUE(std::holds_alternative<log::recovered>(found)) << std::get<std::string>(found);
  EXPECT_EQ(std::get<0>(found).stored_index->position(), frames_of(directory()).back().header.offset);
}

TEST_F(log_power, a_prepared_segment_that_is_found_has_its_name_on_the_disk) {
  ASSERT_EQ(live_and_die(1, 5, [] {}), 0);
  const auto last = frames_of(directory()).back().header.sequence;
  for (auto next = last + 1; next < last + 9; ++next)
    std::filesystem::remove(directory() + "/" + log::segment_name(next));
  forget();
  // Made by a process that was killed before it had synced the directory.
  const auto path = directory() + "/" + log::segment_name(last + 1);
  write_file(path, std::string(log.settings().segment_bytes, '\0'));
  auto lock = log::lock_file::take(directory());
  const auto found = log::recover(log.settings(), disk_, *std::get<0>(lock));
  ASSERT_TRUE(std::holds_alternative<log::recovered>(found)) << std::get<std::string>(found);
  ASSERT_EQ(std::get<0>(found).ready.size(), 1U);
  EXPECT_TRUE(disk_->durable().contains(path));
}

TEST_F(log_power, a_segment_that_counts_as_room_is_on_the_disk_with_its_name_its_size_and_its_zeros) {
  std::filesystem::create_directories(directory());
  forget();
  const auto path = directory() + "/" + log::segment_name(1);
  log::preparer preparer(log.settings(), disk_, {}, 1);
  ASSERT_TRUE(preparer.ensure(1, 0));
  const auto image = disk_->durable();
  ASSERT_TRUE(image.contains(path));
  EXPECT_EQ(image.at(path).size(), log.settings().segment_bytes);
  const auto rests = [&](std::uint64_t bytes) {
    return eventually([&] {
      const auto now = disk_->traffic_of(path);
      return now.written_bytes >= bytes && now.unsynced_bytes == 0;
    });
  };
  ASSERT_TRUE(rests(log.settings().segment_bytes));
  // Enlarged, it is on the disk before its zeros are.
  const auto larger = 3 * log.settings().segment_bytes;
  disk_->hold_writes(true);
  ASSERT_TRUE(preparer.ensure(1, larger));
  EXPECT_EQ(disk_->durable().at(path).size(), larger);
  disk_->hold_writes(false);
  EXPECT_TRUE(rests(larger));
}

TEST_F(log_power, a_new_log_begins_on_a_segment_that_is_on_the_disk) {
  std::filesystem::create_directories(directory());
  forget();
  auto lock = log::lock_file::take(directory());
  const auto found = log::recover(log.settings(), disk_, *std::get<0>(lock));
  ASSERT_TRUE(std::holds_alternative<log::recovered>(found)) << std::get<std::string>(found);
  const auto path = directory() + "/" + log::segment_name(1);
  EXPECT_EQ(disk_->traffic_of(path).written_bytes, log.settings().segment_bytes);
  EXPECT_EQ(disk_->traffic_of(path).unsynced_bytes, 0U);
  EXPECT_TRUE(disk_->durable().contains(path));
}

TEST_F(log_power, the_folders_that_were_made_for_a_log_are_on_the_disk_with_it) {
  log.settings().directory = root() + "/one/two/three";
  ASSERT_EQ(log.open(), "");
  EXPECT_TRUE(disk_->durable().contains(directory() + "/" + log::segment_name(1)));
}

TEST_F(log_power, torn_bytes_that_were_dropped_do_not_come_back) {
  ASSERT_EQ(live_and_die(1, 20, [] {}), 0);
  const auto path = directory() + "/" + log::segment_name(frames_of(directory()).back().header.sequence + 1);
  if (!std::filesystem::exists(path)) write_file(path, std::string(log.settings().segment_bytes, '\0'));
  auto bytes = read_file(path);
  bytes.replace(0, 300, std::string(300, 'x'));
  write_file(path, bytes);
  forget();
  auto lock = log::lock_file::take(directory());
  const auto found = log::recover(log.settings(), disk_, *std::get<0>(lock));
  ASSERT_TRUE(std::holds_alternative<log::recovered>(found)) << std::get<std::string>(found);
  EXPECT_THAT(std::get<0>(found).torn, testing::HasSubstr(path));
  EXPECT_EQ(disk_->durable().at(path).find_first_not_of('\0'), std::string::npos);
}

TEST_F(log_power, a_definition_is_on_the_disk_when_it_is_answered_and_a_torn_one_off_it) {
  std::filesystem::create_directories(directory());
  forget();
  auto lock = log::lock_file::take(directory());
  log::definitions::findings amiss;
  const auto open = [&] {
    auto opened = log::definitions::open(directory(), *disk_, *std::get<0>(lock), {}, amiss);
    EXPECT_TRUE(std::holds_alternative<std::unique_ptr<log::definitions>>(opened)) << std::get<std::string>(opened);
    return std::move(std::get<0>(opened));
  };
  open()->put("sale", "{}");
  const auto path = directory() + "/definitions.log";
  const auto whole = read_file(path);
  const auto image = disk_->durable();
  ASSERT_TRUE(image.contains(path));
  EXPECT_EQ(image.at(path), whole);
  // A process before this one has left it to the page cache, and nobody would write it any more.
  forget();
  disk_->resume({{path, std::string()}}, true);
  open();
  EXPECT_EQ(disk_->durable().at(path), whole);
  write_file(path, whole + whole.substr(0, 40));
  forget();
  open();
  EXPECT_NE(amiss.torn, "");
  EXPECT_EQ(disk_->durable().at(path), whole);
}

}  // namespace
}  // namespace sagad::journal::tests

#include <gmock/gmock.h>

#include <functional>
#include <map>
#include <string>
#include <system_error>
#include <utility>

#include "journal/archiver.hpp"
#include "log_fixture.hpp"

namespace sagad::journal::tests {
namespace {

/// Remembers what it got, by piece; fails when it is told to.
class remembering final : public archiver {
 public:
  void begin(std::uint64_t number, millis newest) override {
    if (failing == "begin") fail();
    now_ = number;
    newest_times[number] = newest;
    sagas[number].clear();
    finished[number] = false;
  }
  void add(const std::vector<stored_record>& records) override {
    if (failing == "add") fail();
    sagas[now_][records.front().saga] = records.size();
  }
  void finish() override {
    if (failing == "finish") fail();
    if (const auto told = std::exchange(finishing, nullptr)) told(now_);
    finished[now_] = true;
  }

  [[noreturn]] static void fail() { throw std::system_error(ENOSPC, std::generic_category(), "the archive"); }

  std::string failing;
  std::function<void(std::uint64_t number)> finishing;  ///< called once
  std::map<std::uint64_t, millis> newest_times;
  std::map<std::uint64_t, std::map<saga_id, std::size_t>> sagas;
  std::map<std::uint64_t, bool> finished;

 private:
  std::uint64_t now_ = 0;
};

class log_archive : public log_test {
 protected:
  void SetUp() override {
    log.settings().segment_bytes = 64U << 10U;
    log.settings().checkpoint_bytes = 16U << 10U;
    log.settings().retention = {1'000, 1'000};
    log.settings().archive = archived;
    log.close();
    std::filesystem::remove_all(directory());
    reopen();
  }
  void whole_sagas(std::uint64_t first, std::uint64_t last) {
    const std::string bytes(500, 'x');
    for (auto number = first; number <= last; ++number) {
      for (std::uint32_t seq = 1; seq <= 2; ++seq) {
        auto one = make(saga(number), seq, bytes);
        one.time = time;
        one.final = seq == 2;
        put(one);
      }
    }
  }
  /// Two segments of sagas that are past their time, one of them still under way, and more behind them.
  void past() {
    put(make(saga(1), 1));
    whole_sagas(2, 200);
    time += 10'000;
    whole_sagas(201, 400);
  }
  void trim() {
    while (store().trim(time)) {
    }
  }

  std::shared_ptr<remembering> archived = std::make_shared<remembering>();
  millis time = 1'700'000'000'000;
};

TEST_F(log_archive, gets_every_saga_whole_before_it_is_gone) {
  past();
  trim();
  ASSERT_GT(store().measured().segments_freed, 0U);
  std::map<saga_id, std::size_t> all;
  for (const auto& [number, sagas] : archived->sagas) {
    EXPECT_TRUE(archived->finished[number]);
    EXPECT_EQ(archived->newest_times[number], 1'700'000'000'000);
    all.insert(sagas.begin(), sagas.end());
  }
  for (std::uint64_t number = 1; number <= 400; ++number) {
    const auto gone = store().read(saga(number)).empty();
    EXPECT_EQ(all.count(saga(number)), gone ? 1U : 0U) << number;
    EXPECT_EQ(all[saga(number)], gone ? 2U : 0U) << number;
  }
  EXPECT_FALSE(store().read(saga(1)).empty());
}

TEST_F(log_archive, what_it_cannot_take_is_not_freed) {
  past();
  for (const auto* part : {"begin", "add", "finish"}) {
    archived->failing = part;
    EXPECT_THROW(trim(), std::system_error);
    EXPECT_EQ(store().measured().segments_freed, 0U);
    EXPECT_EQ(store().read(saga(2)).size(), 2U);
  }
  archived->failing.clear();
  trim();
  EXPECT_GT(store().measured().segments_freed, 0U);
  EXPECT_TRUE(store().read(saga(2)).empty());
  EXPECT_EQ(archived->sagas.begin()->second.count(saga(2)), 1U);
}

TEST_F(log_archive, a_saga_that_goes_on_once_it_was_archived_keeps_its_segment_and_the_piece_comes_again) {
  past();
  std::uint64_t piece = 0;
  archived->finishing = [&](std::uint64_t number) {
    piece = number;
    EXPECT_EQ(archived->sagas[number].count(saga(2)), 1U);
    put(make(saga(2), 3));
  };
  trim();
  ASSERT_NE(piece, 0U);
  EXPECT_EQ(store().measured().segments_freed, 0U);
  trim();
  EXPECT_GT(store().measured().segments_freed, 0U);
  EXPECT_TRUE(archived->finished[piece]);
  EXPECT_EQ(archived->sagas[piece].count(saga(2)), 0U);
  EXPECT_EQ(archived->sagas[piece].count(saga(3)), 1U);
  EXPECT_EQ(store().read(saga(2)).size(), 3U);
}

TEST_F(log_archive, gets_the_room_of_a_prepared_segment_when_it_finds_none) {
  past();
  std::uint64_t used = 0;
  bool lent = false;
  const auto segment_bytes = log.settings().segment_bytes;
  // While the last segment is being prepared it is not lent.
  EXPECT_TRUE(eventually([&] {
    archived->finishing = [&](std::uint64_t) {
      log.disk().set_quota(0);  // from here on no file grows
      used = log.disk().used();
      archived->finishing = [&](std::uint64_t) {
        lent = log.disk().used() + segment_bytes <= used;
        log.disk().set_quota(UINT64_MAX);
      };
      remembering::fail();
    };
    try {
      trim();
    } catch (const std::system_error&) {
      log.disk().set_quota(UINT64_MAX);
    }
    return store().measured().segments_freed > 0;
  }));
  EXPECT_TRUE(lent);
  EXPECT_TRUE(eventually([&] {
    const auto now = store().measured();
    return now.prepared_bytes >= now.reserve_bytes + log.settings().segment_bytes;
  })) << "it is taken back";
}

}  // namespace
}  // namespace sagad::journal::tests

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <system_error>

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
    finished[now_] = true;
  }

  [[noreturn]] static void fail() { throw std::system_error(ENOSPC, std::generic_category(), "the archive"); }

  std::string failing;
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

}  // namespace
}  // namespace sagad::journal::tests

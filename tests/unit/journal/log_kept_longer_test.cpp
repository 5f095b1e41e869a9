#include <gmock/gmock.h>

#include <string>
#include <system_error>

#include "log_fixture.hpp"

namespace sagad::journal::tests {
namespace {

/// A log whose histories are kept a second, those of some sagas ten.
class log_kept_longer : public log_test {
 protected:
  static constexpr millis usual = 1'000;
  static constexpr millis longer = 10'000;

  void SetUp() override {
    log.settings().segment_bytes = 64U << 10U;
    log.settings().checkpoint_bytes = 16U << 10U;
    log.settings().retention = {usual, 60'000};
    log.settings().history_of = [](std::string_view start) { return start.starts_with("longer") ? longer : millis{0}; };
    log.close();
    std::filesystem::remove_all(directory());
    reopen();
  }
  /// Starts and ends a saga of so many bytes now; each tenth is kept longer.
  void whole_sagas(std::uint64_t count) {
    for (; count != 0; --count) {
      ++last;
      const named_start name("key-" + std::to_string(last), "request", "canonical");
      const auto content = std::string(last % 10 == 0 ? "longer" : "usual") + incompressible(500);
      auto begin = make(saga(last), 1, content);
      begin.key = &name.key;
      begin.time = time;
      put(begin);
      auto end = make(saga(last), 2, content);
      end.time = time;
      end.final = true;
      put(end);
    }
  }
  /// Time passes, and enough is written behind what is there that it can be freed.
  void later(millis by) {
    time += by;
    whole_sagas(200);
    while (store().trim(time)) {
    }
  }
  std::size_t kept(bool kept_longer) {
    std::size_t count = 0;
    for (std::uint64_t number = 1; number <= 50; ++number) {
      if ((number % 10 == 0) == kept_longer) count += store().read(saga(number)).size() == 2 ? 1 : 0;
    }
    return count;
  }

  millis time = 1'700'000'000'000;
  std::uint64_t last = 0;
};

TEST_F(log_kept_longer, what_is_kept_longer_stays_whole_when_the_rest_of_its_segment_goes) {
  whole_sagas(200);
  // How far it gets depends on where the last checkpoint begins.
  EXPECT_TRUE(eventually([&] {
    later(usual / 10);
    return kept(false) == 0;
  }));
  EXPECT_EQ(kept(true), 5U);
  reopen();
  EXPECT_EQ(kept(true), 5U);
  EXPECT_TRUE(store().find_key("key-10", time));
}

TEST_F(log_kept_longer, and_goes_at_its_own_time) {
  whole_sagas(200);
  for (millis passed = 0; passed + 2 * usual < longer; passed += usual) {
    later(usual);
    ASSERT_EQ(kept(true), 5U) << passed;
  }
  EXPECT_TRUE(eventually([&] {
    later(usual);
    return kept(true) == 0;
  }));
}

TEST_F(log_kept_longer, takes_no_room_of_a_full_disk_that_is_owed_to_live_sagas) {
  log.close();
  log.settings().reserve_bytes = 24U << 10U;
  log.settings().reserve_bytes_per_saga = 1U << 10U;
  log.settings().history_of = [](std::string_view) { return longer; };
  reopen();
  whole_sagas(200);
  constexpr std::uint64_t first_live = 10'000;
  constexpr std::uint64_t live = 30;
  for (auto number = first_live; number != first_live + live; ++number) put(make(saga(number), 1));
  log.disk().set_quota(log.disk().used());
  auto filler = first_live + live;
  while (put(make(saga(filler), 1, incompressible(500))).result == result::durable) finish(saga(filler++), 2);
  --positions.at(0);

  time += 2 * usual;
  const auto trim = [&] {
    while (store().trim(time)) {
    }
  };
  EXPECT_THROW(trim(), std::system_error);
  EXPECT_THROW(trim(), std::system_error) << "it stays, and is tried again";
  const auto now = store().measured();
  EXPECT_EQ(now.segments_freed, 0U);
  ASSERT_GE(now.prepared_bytes, now.reserve_bytes);
  for (auto number = first_live; number != first_live + live; ++number) {
    ASSERT_FALSE(store().measured().waits_for_room) << number;
    ASSERT_EQ(put(make(saga(number), 2, incompressible(500))).result, result::durable);
    finish(saga(number), 3);
  }
  EXPECT_EQ(store().measured().live_sagas, 0U);

  log.disk().set_quota(UINT64_MAX);
  EXPECT_TRUE(eventually([&] {
    try {
      trim();
    } catch (const std::system_error&) {
    }
    return store().measured().segments_freed > 0;
  }));
  EXPECT_EQ(kept(true), 5U);
  EXPECT_EQ(kept(false), 45U);
}

}  // namespace
}  // namespace sagad::journal::tests

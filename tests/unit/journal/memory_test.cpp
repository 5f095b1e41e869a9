#include "journal/memory/store.hpp"

#include <gmock/gmock.h>

#include "contract.hpp"

namespace sagad::journal::tests {
namespace {

entry make(const saga_id& of, std::uint32_t seq, position at) {
  entry result;
  result.saga = of;
  result.seq = seq;
  result.position = at;
  result.epoch = 1;
  result.bytes = "bytes";
  return result;
}

class memory_journal : public testing::Test {
 protected:
  std::vector<exception> told() {
    std::vector<exception> result;
    upto = appender->settled(result);
    return result;
  }

  memory::store store;
  int wakes = 0;
  ticket upto = 0;
  std::unique_ptr<journal::appender> appender = store.make_appender([this] { ++wakes; });
};

TEST_F(memory_journal, settles_and_wakes_within_submit) {
  appender->append(make(saga(1), 1, 1));
  EXPECT_EQ(wakes, 0);
  EXPECT_TRUE(appender->submit(true));
  EXPECT_EQ(wakes, 1);
  EXPECT_TRUE(told().empty());
  EXPECT_EQ(upto, 1U);
}

TEST_F(memory_journal, holds_what_is_submitted_until_it_is_released) {
  store.hold();
  for (position at = 1; at <= 3; ++at) {
    appender->append(make(saga(at), 1, at));
    appender->submit(true);
  }
  EXPECT_EQ(store.held(), 3U);
  EXPECT_EQ(wakes, 0);
  EXPECT_TRUE(store.read(saga(1)).empty());
  store.release(2);
  EXPECT_EQ(wakes, 1);
  told();
  EXPECT_EQ(upto, 2U);
  EXPECT_EQ(store.read(saga(2)).size(), 1U);
  EXPECT_TRUE(store.read(saga(3)).empty());
  store.release_all();
  told();
  EXPECT_EQ(upto, 3U);
}

TEST_F(memory_journal, a_wake_may_append_and_submit) {
  position at = 1;
  std::unique_ptr<journal::appender> busy;
  busy = store.make_appender([&] {
    if (at == 5) return;
    ++at;
    busy->append(make(saga(9), static_cast<std::uint32_t>(at), at));
    busy->submit(true);
  });
  busy->append(make(saga(9), 1, 1));
  busy->submit(true);
  EXPECT_EQ(store.read(saga(9)).size(), 5U);
}

TEST_F(memory_journal, an_injected_result_is_told_once) {
  store.inject(saga(1), 1, {result::full});
  appender->append(make(saga(1), 1, 1));
  appender->submit(true);
  const auto exceptions = told();
  ASSERT_EQ(exceptions.size(), 1U);
  EXPECT_EQ(exceptions[0].result, result::full);
  EXPECT_TRUE(store.read(saga(1)).empty());
  appender->append(make(saga(1), 1, 2));
  appender->submit(true);
  EXPECT_TRUE(told().empty());
  EXPECT_EQ(store.read(saga(1)).size(), 1U);
}

TEST_F(memory_journal, an_unknown_entry_freezes_its_partition_until_it_is_sent_again) {
  for (const bool written : {false, true}) {
    memory::store journal;
    auto lane = journal.make_appender([] {});
    journal.inject(saga(1), 1, {result::unknown, written});
    lane->append(make(saga(1), 1, 1));
    lane->append(make(saga(2), 1, 2));
    lane->append(make(saga(3, 5), 1, 1));
    lane->submit(true);
    std::vector<exception> exceptions;
    lane->settled(exceptions);
    ASSERT_EQ(exceptions.size(), 2U);
    EXPECT_EQ(exceptions[0].result, result::unknown);
    EXPECT_EQ(exceptions[1].result, result::unknown);
    EXPECT_EQ(exceptions[1].ticket, 2U);
    EXPECT_EQ(journal.read(saga(1)).size(), written ? 1U : 0U);
    EXPECT_EQ(journal.read(saga(2)).size(), 0U);
    EXPECT_EQ(journal.read(saga(3, 5)).size(), 1U);
    lane->append(make(saga(1), 1, 1));
    lane->append(make(saga(2), 1, 2));
    lane->submit(true);
    exceptions.clear();
    EXPECT_EQ(lane->settled(exceptions), 5U);
    EXPECT_TRUE(exceptions.empty());
    EXPECT_EQ(journal.read(saga(1)).size(), 1U);
    EXPECT_EQ(journal.read(saga(2)).size(), 1U);
  }
}

TEST_F(memory_journal, a_start_whose_unknown_append_was_written_holds_its_key_when_it_is_sent_again) {
  const named_start name("key", "bytes", "canonical");
  auto begin = make(saga(1), 1, 1);
  begin.key = &name.key;
  store.inject(saga(1), 1, {result::unknown, true});
  for (int round = 0; round < 2; ++round) {
    appender->append(begin);
    appender->submit(true);
  }
  EXPECT_EQ(told().size(), 1U);
  EXPECT_EQ(store.find_key("key", 0)->saga, saga(1));
}

TEST_F(memory_journal, a_lost_partition_stays_lost) {
  appender->append(make(saga(1, 4), 1, 1));
  appender->submit(true);
  store.lose(4);
  appender->append(make(saga(1, 4), 2, 2));
  appender->append(make(saga(1, 5), 1, 1));
  appender->append(make(saga(1, 4), 3, 3));
  appender->submit(true);
  const auto exceptions = told();
  ASSERT_EQ(exceptions.size(), 2U);
  EXPECT_EQ(exceptions[0].result, result::not_owner);
  EXPECT_EQ(exceptions[1].ticket, 4U);
  EXPECT_EQ(store.read(saga(1, 4)).size(), 1U);
  EXPECT_EQ(store.read(saga(1, 5)).size(), 1U);
}

TEST_F(memory_journal, a_chooser_sees_every_entry_with_its_key) {
  std::vector<std::string> seen;
  store.choose([&](const entry& entry) -> std::optional<memory::verdict> {
    seen.push_back(std::string(entry.bytes) + (entry.key != nullptr ? "/" + std::string(entry.key->text) : ""));
    if (entry.seq == 2) return memory::verdict{result::not_owner};
    return std::nullopt;
  });
  const named_start name("key", "bytes", "canonical");
  auto begin = make(saga(1), 1, 1);
  begin.key = &name.key;
  appender->append(begin);
  appender->append(make(saga(1), 2, 2));
  appender->submit(true);
  EXPECT_THAT(seen, testing::ElementsAre("bytes/key", "bytes"));
  EXPECT_EQ(told().size(), 1U);
}

TEST_F(memory_journal, a_crash_keeps_what_was_settled_and_as_much_of_the_rest_as_was_asked) {
  appender->append(make(saga(1), 1, 1));
  appender->submit(true);
  store.hold();
  for (position at = 2; at <= 4; ++at) appender->append(make(saga(at), 1, at));
  appender->submit(true);
  appender->append(make(saga(9), 1, 9));
  const auto reopened = store.crash(2);
  EXPECT_EQ(reopened->opened().live_sagas, 3U);
  EXPECT_EQ(reopened->opened().last_position[0], 3U);
  EXPECT_GT(reopened->opened().epoch, store.opened().epoch);
  EXPECT_EQ(reopened->read(saga(3)).size(), 1U);
  EXPECT_TRUE(reopened->read(saga(4)).empty());
  EXPECT_TRUE(reopened->read(saga(9)).empty());
  appender->submit(true);
  store.release_all();
  told();
  EXPECT_EQ(upto, 1U);
}

TEST_F(memory_journal, a_position_that_does_not_rise_is_a_fault_of_the_caller) {
  appender->append(make(saga(1), 1, 5));
  appender->submit(true);
  appender->append(make(saga(2), 1, 5));
  EXPECT_THROW(appender->submit(true), std::logic_error);
}

}  // namespace
}  // namespace sagad::journal::tests

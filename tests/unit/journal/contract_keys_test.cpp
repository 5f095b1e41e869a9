#include <array>

#include "contract.hpp"

namespace sagad::journal::tests {
namespace {

class contract_keys : public contract {
 protected:
  void expect_held(const named_start& name, const saga_id& by) {
    const auto holder = store().find_key(name.text, 0);
    ASSERT_TRUE(holder.has_value());
    EXPECT_EQ(holder->saga, by);
    EXPECT_EQ(holder->request_bytes, name.key.request_bytes);
    EXPECT_EQ(holder->request_canonical, name.key.request_canonical);
  }

  void expect_duplicates_are_told() {
    const named_start same_bytes("key", "bytes", "another canonical");
    const named_start same_canonical("key", "other bytes", "canonical");
    const named_start different("key", "other bytes", "another canonical");
    auto outcome = start(saga(100), same_bytes);
    EXPECT_EQ(outcome.result, result::duplicate_key);
    EXPECT_EQ(outcome.held_by, saga(1));
    EXPECT_TRUE(outcome.same_request);
    outcome = start(saga(101), same_canonical);
    EXPECT_EQ(outcome.result, result::duplicate_key);
    EXPECT_EQ(outcome.held_by, saga(1));
    EXPECT_TRUE(outcome.same_request);
    outcome = start(saga(102), different);
    EXPECT_EQ(outcome.result, result::duplicate_key);
    EXPECT_EQ(outcome.held_by, saga(1));
    EXPECT_FALSE(outcome.same_request);
    for (const auto number : {100, 101, 102}) {
      EXPECT_TRUE(store().read(saga(static_cast<std::uint64_t>(number))).empty());
    }
    expect_held(named_start("key", "bytes", "canonical"), saga(1));
  }
};
INSTANTIATE_TEST_SUITE_P(journals, contract_keys, testing::ValuesIn(subjects()), subject_name);

TEST_P(contract_keys, a_key_stands_for_the_saga_that_took_it_first) {
  EXPECT_EQ(start(saga(1), named_start("key", "bytes", "canonical")).result, result::durable);
  expect_duplicates_are_told();
}

TEST_P(contract_keys, a_key_is_held_after_reopening) {
  start(saga(1), named_start("key", "bytes", "canonical"));
  reopen();
  expect_duplicates_are_told();
  reopen();
  expect_duplicates_are_told();
}

TEST_P(contract_keys, a_key_is_held_after_the_index_was_lost) {
  start(saga(1), named_start("key", "bytes", "canonical"));
  reopen(false);
  expect_duplicates_are_told();
}

TEST_P(contract_keys, a_key_outlives_its_saga) {
  start(saga(1), named_start("key", "bytes", "canonical"));
  auto last = make(saga(1), 2);
  last.final = true;
  put(last);
  expect_duplicates_are_told();
  reopen();
  expect_duplicates_are_told();
}

TEST_P(contract_keys, within_a_batch_the_first_wins) {
  const std::array names{named_start("key", "bytes", "canonical"), named_start("key", "bytes", "canonical"),
                         named_start("key", "no", "no"), named_start("other", "bytes", "canonical")};
  lane one(store());
  ticket last = 0;
  for (std::uint64_t at = 0; at < names.size(); ++at) {
    auto begin = make(saga(at + 1), 1);
    begin.key = &names[at].key;
    last = one.appender().append(begin);
  }
  const auto told = one.commit(last);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].ticket, 2U);
  EXPECT_EQ(told[0].result, result::duplicate_key);
  EXPECT_EQ(told[0].held_by, saga(1));
  EXPECT_TRUE(told[0].same_request);
  EXPECT_EQ(told[1].ticket, 3U);
  EXPECT_EQ(told[1].held_by, saga(1));
  EXPECT_FALSE(told[1].same_request);
  expect_held(names[0], saga(1));
  expect_held(names[3], saga(4));
  EXPECT_TRUE(store().read(saga(2)).empty());
}

TEST_P(contract_keys, exceptions_are_told_once_and_in_order) {
  const named_start name("key", "bytes", "canonical");
  start(saga(1), name);
  lane one(store());
  ticket last = 0;
  for (std::uint64_t at = 0; at < 30; ++at) {
    auto begin = make(saga(10 + at), 1);
    if (at % 3 == 0) begin.key = &name.key;
    last = one.appender().append(begin);
  }
  const auto told = one.commit(last);
  ASSERT_EQ(told.size(), 10U);
  for (std::size_t at = 0; at < told.size(); ++at) EXPECT_EQ(told[at].ticket, at * 3 + 1);
  std::vector<exception> again;
  EXPECT_EQ(one.appender().settled(again), last);
  EXPECT_TRUE(again.empty());
}

TEST_P(contract_keys, records_of_a_refused_start_are_refused_with_it) {
  const named_start name("key", "bytes", "canonical");
  start(saga(1), name);
  lane one(store());
  auto begin = make(saga(2), 1);
  begin.key = &name.key;
  one.appender().append(begin);
  one.appender().append(make(saga(2), 2));
  const auto told = one.commit(one.appender().append(make(saga(3), 1)));
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[1].ticket, 2U);
  EXPECT_EQ(told[1].result, result::duplicate_key);
  EXPECT_EQ(told[1].held_by, saga(1));
  EXPECT_TRUE(store().read(saga(2)).empty());
  EXPECT_EQ(store().read(saga(3)).size(), 1U);
}

TEST_P(contract_keys, starts_without_a_key_never_meet) {
  for (std::uint64_t number = 1; number <= 10; ++number) {
    EXPECT_EQ(put(make(saga(number), 1)).result, result::durable);
  }
}

TEST_P(contract_keys, thousands_of_keys_are_each_found_and_each_refused) {
  constexpr std::uint64_t count = 5'000;
  lane one(store());
  const auto name = [](std::uint64_t at) { return "order-" + std::to_string(at * 7919); };
  ticket last = 0;
  for (std::uint64_t at = 0; at < count; ++at) {
    const named_start key(name(at), name(at), "");
    auto begin = make(saga(at + 1, static_cast<partition_no>(at % partitions)), 1);
    begin.key = &key.key;
    last = one.appender().append(begin);
    if (at % 100 == 99) {
      EXPECT_TRUE(one.commit(last).empty());
    }
  }
  for (int round = 0; round < 3; ++round) {
    lane again(store());
    for (std::uint64_t at = 0; at < count; ++at) {
      const auto held = store().find_key(name(at), 0);
      ASSERT_TRUE(held.has_value()) << at;
      ASSERT_EQ(held->saga, saga(at + 1, static_cast<partition_no>(at % partitions)));
      const named_start key(name(at), "another", "another");
      auto begin = make(saga(100'000 + at), 1);
      begin.key = &key.key;
      last = again.appender().append(begin);
    }
    const auto told = again.commit(last);
    ASSERT_EQ(told.size(), count);
    EXPECT_FALSE(store().find_key("order-x", 0).has_value());
    reopen(round != 1);
  }
}

}  // namespace
}  // namespace sagad::journal::tests

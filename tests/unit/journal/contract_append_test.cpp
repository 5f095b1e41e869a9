#include <array>
#include <set>
#include <thread>

#include "contract.hpp"

namespace sagad::journal::tests {
namespace {

class contract_append : public contract {};
INSTANTIATE_TEST_SUITE_P(journals, contract_append, testing::ValuesIn(subjects()), subject_name);

TEST_P(contract_append, an_empty_journal_opens_with_nothing_in_it) {
  const auto& opened = store().opened();
  ASSERT_EQ(opened.last_position.size(), partitions);
  for (const auto last : opened.last_position) EXPECT_EQ(last, 0U);
  EXPECT_GE(subject_->epoch(0), 1U);
  EXPECT_EQ(opened.last_time, 0);
  EXPECT_EQ(opened.live_sagas, 0U);
  EXPECT_EQ(opened.torn, "");
  EXPECT_TRUE(subject_->live().empty());
  EXPECT_TRUE(store().read(saga(1)).empty());
  EXPECT_FALSE(store().find_key("nobody", 0).has_value());
  EXPECT_TRUE(store().definitions().empty());
}

TEST_P(contract_append, tickets_count_from_one_in_the_order_of_appending) {
  lane one(store());
  EXPECT_EQ(one.appender().append(make(saga(1), 1)), 1U);
  EXPECT_EQ(one.appender().append(make(saga(2), 1)), 2U);
  EXPECT_TRUE(one.commit(2).empty());
  EXPECT_EQ(one.appender().append(make(saga(2), 2)), 3U);
  EXPECT_TRUE(one.commit(3).empty());
}

TEST_P(contract_append, nothing_is_there_before_it_was_submitted) {
  lane one(store());
  const auto ticket = one.appender().append(make(saga(1), 1));
  std::vector<exception> told;
  EXPECT_EQ(one.appender().settled(told), 0U);
  EXPECT_TRUE(store().read(saga(1)).empty());
  EXPECT_TRUE(one.commit(ticket).empty());
  EXPECT_EQ(store().read(saga(1)).size(), 1U);
}

TEST_P(contract_append, what_was_not_submitted_is_gone_with_its_appender) {
  {
    store().make_appender([] {})->append(make(saga(1), 1));
  }
  EXPECT_TRUE(store().read(saga(1)).empty());
}

TEST_P(contract_append, an_appender_with_nothing_collected_submits_nothing) {
  lane one(store());
  EXPECT_FALSE(one.appender().submit(true));
  EXPECT_FALSE(one.appender().submit(false));
  std::vector<exception> told;
  EXPECT_EQ(one.appender().settled(told), 0U);
}

TEST_P(contract_append, the_writer_commits_what_the_caller_may_not) {
  lane one(store());
  EXPECT_TRUE(one.commit(one.appender().append(make(saga(1), 1)), false).empty());
  EXPECT_EQ(store().read(saga(1)).size(), 1U);
}

TEST_P(contract_append, the_bytes_are_copied_when_they_are_appended) {
  lane one(store());
  std::string bytes = "before";
  const auto ticket = one.appender().append(make(saga(1), 1, bytes));
  bytes = "after!";
  one.commit(ticket);
  EXPECT_EQ(store().read(saga(1)).at(0).bytes, "before");
}

TEST_P(contract_append, records_of_every_size_come_back_as_they_were) {
  std::vector<std::string> all;
  for (const std::size_t size : {0, 1, 7, 8, 63, 64, 4095, 4096, 4097, 100'000, 1 << 20, 5 << 20}) {
    std::string bytes(size, '\0');
    for (std::size_t at = 0; at < size; ++at) bytes[at] = static_cast<char>(at * 31 + size);
    EXPECT_EQ(put(make(saga(1), static_cast<std::uint32_t>(all.size() + 1), bytes)).result, result::durable);
    all.push_back(std::move(bytes));
  }
  reopen();
  const auto records = store().read(saga(1));
  ASSERT_EQ(records.size(), all.size());
  for (std::size_t at = 0; at < all.size(); ++at) EXPECT_TRUE(records[at].bytes == all[at]) << all[at].size();
}

TEST_P(contract_append, a_record_at_the_limit_is_kept_and_one_past_it_is_refused_before_anything_is_taken) {
  const std::string largest(record_bytes_max, 'x');
  EXPECT_EQ(put(make(saga(1), 1, largest)).result, result::durable);
  lane one(store());
  const std::string larger(record_bytes_max + 1, 'x');
  EXPECT_THROW(one.appender().append(make(saga(1), 2, larger)), std::length_error);
  --positions_[0];
  EXPECT_EQ(one.appender().append(make(saga(1), 2, "small")), 1U);
  EXPECT_TRUE(one.commit(1).empty());
  reopen();
  const auto records = store().read(saga(1));
  ASSERT_EQ(records.size(), 2U);
  EXPECT_TRUE(records[0].bytes == largest);
  EXPECT_EQ(records[1].bytes, "small");
}

TEST_P(contract_append, a_key_that_is_empty_or_too_long_is_refused_before_anything_is_taken) {
  lane one(store());
  for (const auto size : {0, 129}) {
    const named_start name(std::string(static_cast<std::size_t>(size), 'k'), "", "");
    auto begin = make(saga(1), 1);
    begin.key = &name.key;
    EXPECT_THROW(one.appender().append(begin), std::length_error);
  }
  const named_start longest(std::string(128, 'k'), "", "");
  auto begin = make(saga(1), 1);
  begin.key = &longest.key;
  EXPECT_TRUE(one.commit(one.appender().append(begin)).empty());
  EXPECT_EQ(store().find_key(longest.text, 0)->saga, saga(1));
}

TEST_P(contract_append, what_was_settled_is_there_after_reopening_with_positions_and_times) {
  lane one(store());
  std::vector<std::string> bytes;
  for (std::uint32_t seq = 1; seq <= 50; ++seq) bytes.push_back("record " + std::to_string(seq));
  for (std::uint32_t seq = 1; seq <= 50; ++seq) {
    auto next = make(saga(7, 3), seq, bytes[seq - 1]);
    next.time = 1'700'000'000'000 + seq;
    one.commit(one.appender().append(next));
  }
  put(make(saga(8, 255), 1));
  const auto epoch = subject_->epoch(3);
  reopen();
  EXPECT_GT(subject_->epoch(3), epoch);
  EXPECT_EQ(store().opened().last_position[3], 50U);
  EXPECT_EQ(store().opened().last_position[255], 1U);
  EXPECT_EQ(store().opened().last_position[0], 0U);
  EXPECT_EQ(store().opened().last_time, 1'700'000'000'050);
  const auto records = store().read(saga(7, 3));
  ASSERT_EQ(records.size(), 50U);
  for (std::uint32_t seq = 1; seq <= 50; ++seq) {
    EXPECT_EQ(records[seq - 1].saga, saga(7, 3));
    EXPECT_EQ(records[seq - 1].seq, seq);
    EXPECT_EQ(records[seq - 1].position, seq);
    EXPECT_EQ(records[seq - 1].bytes, bytes[seq - 1]);
  }
}

TEST_P(contract_append, positions_may_leave_holes) {
  auto first = make(saga(1), 1);
  first.position = positions_[0] = 10;
  EXPECT_EQ(put(first).result, result::durable);
  auto second = make(saga(1), 2);
  second.position = positions_[0] = 1'000'000'000'000;
  EXPECT_EQ(put(second).result, result::durable);
  reopen();
  EXPECT_EQ(store().opened().last_position[0], 1'000'000'000'000U);
  EXPECT_EQ(store().read(saga(1)).at(1).position, 1'000'000'000'000U);
}

TEST_P(contract_append, every_opening_raises_the_epoch) {
  auto last = subject_->epoch(0);
  for (int round = 0; round < 5; ++round) {
    reopen();
    EXPECT_GT(subject_->epoch(0), last);
    last = subject_->epoch(0);
  }
}

TEST_P(contract_append, an_entry_of_another_epoch_is_not_written) {
  ASSERT_EQ(put(make(saga(1), 1)).result, result::durable);
  reopen();
  // One batch: the old owner's between the new one's, and a start that takes no key.
  const named_start name("order-1", "a", "b");
  auto stale = make(saga(1), 2);
  auto stale_start = make(saga(2), 1);
  stale_start.key = &name.key;
  auto later = make(saga(3), 1);
  --stale.epoch;
  --stale_start.epoch;
  ++later.epoch;
  lane one(store());
  const auto first = one.appender().append(stale);
  one.appender().append(make(saga(1), 2));
  one.appender().append(stale_start);
  one.appender().append(later);
  const auto told = one.commit(one.appender().append(make(saga(4), 1)));
  ASSERT_EQ(told.size(), 3U);
  for (std::size_t at = 0; at < told.size(); ++at) {
    EXPECT_EQ(told[at].result, result::not_owner);
    EXPECT_EQ(told[at].ticket, first + (at == 0 ? 0 : at + 1));
  }
  EXPECT_EQ(store().read(saga(1)).size(), 2U);
  EXPECT_TRUE(store().read(saga(2)).empty());
  EXPECT_TRUE(store().read(saga(3)).empty());
  EXPECT_EQ(store().read(saga(4)).size(), 1U);
  EXPECT_FALSE(store().find_key("order-1", 0).has_value());
  EXPECT_EQ(start(saga(5), name).result, result::durable);
}

TEST_P(contract_append, entries_of_several_sagas_in_one_batch_keep_their_order) {
  lane one(store());
  ticket last = 0;
  for (std::uint32_t seq = 1; seq <= 20; ++seq) {
    for (std::uint64_t number = 1; number <= 5; ++number) last = one.appender().append(make(saga(number), seq));
  }
  EXPECT_TRUE(one.commit(last).empty());
  for (std::uint64_t number = 1; number <= 5; ++number) {
    const auto records = store().read(saga(number));
    ASSERT_EQ(records.size(), 20U);
    for (std::uint32_t seq = 1; seq <= 20; ++seq) EXPECT_EQ(records[seq - 1].seq, seq);
  }
}

TEST_P(contract_append, only_starts_are_refused_when_room_is_scarce_and_go_on_when_it_is_back) {
  ASSERT_EQ(put(make(saga(1), 1)).result, result::durable);
  subject_->make_room_scarce(true);
  const auto bytes = incompressible(20'000);
  std::uint64_t number = 1;
  auto outcome = result::durable;
  while (outcome == result::durable && number < 20'000) outcome = put(make(saga(++number), 1, bytes)).result;
  ASSERT_EQ(outcome, result::full);
  EXPECT_TRUE(store().measured().full);
  EXPECT_TRUE(store().read(saga(number)).empty());
  EXPECT_EQ(put(make(saga(number), 2)).result, result::full) << "a saga whose start was refused is not there";
  for (std::uint32_t seq = 2; seq <= 20; ++seq) EXPECT_EQ(put(make(saga(1), seq)).result, result::durable);
  subject_->make_room_scarce(false);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  do {
    outcome = put(make(saga(++number), 1)).result;
  } while (outcome == result::full && std::chrono::steady_clock::now() < deadline);
  EXPECT_EQ(outcome, result::durable);
  EXPECT_EQ(store().read(saga(1)).size(), 20U);
  reopen();
  EXPECT_EQ(store().read(saga(1)).size(), 20U);
}

TEST_P(contract_append, what_is_counted_is_what_was_written) {
  const auto before = store().measured();
  put(make(saga(1), 1, "12345"));
  put(make(saga(2), 1, "12345"));
  auto last = make(saga(1), 2, "12345");
  last.final = true;
  put(last);
  const auto after = store().measured();
  EXPECT_EQ(after.records - before.records, 3U);
  EXPECT_GE(after.bytes - before.bytes, 15U);
  EXPECT_GE(after.commits - before.commits, 1U);
  EXPECT_LE(after.commits - before.commits, 3U);
  EXPECT_GE(after.syncs, after.commits);
  EXPECT_EQ(after.live_sagas, 1U);
  EXPECT_FALSE(after.full);
}

}  // namespace
}  // namespace sagad::journal::tests

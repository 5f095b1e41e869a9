#include "contract.hpp"

namespace sagad::journal::tests {
namespace {

/// Time passes, and what is past its retention is freed.
class contract_trim : public contract {
 protected:
  void finish(const saga_id& of, std::uint32_t seq) {
    auto last = make(of, seq, "the end");
    last.final = true;
    ASSERT_EQ(put(last).result, result::durable);
  }
  void SetUp() override {
    contract::SetUp();
    next_ = 1'000'000;
  }
  /// So many sagas that begin and end now that each journal has several pieces of them.
  void others() {
    lane one(store());
    ticket last = 0;
    for (int count = 0; count < 400; ++count) {
      const auto id = saga(++next_);
      const auto content = incompressible(1'000, next_);
      one.appender().append(make(id, 1, content));
      auto end = make(id, 2, content);
      end.final = true;
      last = one.appender().append(end);
      if (count % 20 == 19) {
        ASSERT_TRUE(one.commit(last).empty());
      }
    }
  }
  void trim() {
    while (store().trim(time_)) {
    }
  }
  /// All that was written until now is past its retention, and more was written since; then it is freed.
  void much_later() {
    others();
    time_ += kept.history;
    others();
    trim();
  }
  std::vector<saga_id> scanned() {
    std::vector<saga_id> found;
    cursor at = store().oldest();
    for (cursor before{UINT64_MAX}; before != at;) {
      before = at;
      at = store().scan(at, 100, [&](const stored_record& record) { found.push_back(record.saga); });
    }
    return found;
  }
  bool shows(const saga_id& of) {
    const auto all = scanned();
    return std::find(all.begin(), all.end(), of) != all.end();
  }
  /// Does it now, after a reopening, and after one that has lost what can be rebuilt.
  template <typename Check>
  void now_and_later(Check&& check) {
    check();
    reopen();
    check();
    reopen(false);
    check();
  }

  std::uint64_t next_ = 0;
};

TEST_P(contract_trim, history_is_there_until_its_retention_has_passed_and_then_goes) {
  put(make(saga(1), 1));
  finish(saga(1), 2);
  others();
  time_ += kept.history - 1;
  others();
  trim();
  EXPECT_EQ(store().read(saga(1)).size(), 2U);
  EXPECT_EQ(store().oldest(), cursor{});
  ++time_;
  trim();
  now_and_later([&] {
    EXPECT_TRUE(store().read(saga(1)).empty());
    EXPECT_FALSE(store().has(saga(1)));
    EXPECT_FALSE(shows(saga(1)));
    EXPECT_GT(store().oldest(), cursor{});
  });
}

TEST_P(contract_trim, a_scan_from_a_freed_place_is_refused_with_the_oldest_that_is_there) {
  much_later();
  try {
    store().scan({}, 1, [](const stored_record&) {});
    FAIL() << "it was not refused";
  } catch (const trimmed& refused) {
    EXPECT_EQ(refused.oldest(), store().oldest());
  }
  EXPECT_NO_THROW(store().scan(store().oldest(), 1, [](const stored_record&) {}));
}

TEST_P(contract_trim, a_saga_under_way_pins_nothing_and_reads_as_before) {
  for (std::uint32_t seq = 1; seq <= 3; ++seq) put(make(saga(1), seq, "record " + std::to_string(seq)));
  const auto before = store().read(saga(1));
  much_later();
  now_and_later([&] {
    EXPECT_GT(store().oldest(), cursor{});
    EXPECT_FALSE(shows(saga(1)));
    EXPECT_EQ(store().carried(), std::vector{saga(1)});
    EXPECT_TRUE(store().has(saga(1)));
    const auto after = store().read(saga(1));
    ASSERT_EQ(after.size(), 3U);
    for (std::size_t at = 0; at < 3; ++at) {
      EXPECT_EQ(after[at].bytes, before[at].bytes);
      EXPECT_EQ(after[at].position, before[at].position);
    }
  });
  ASSERT_EQ(subject_->live().size(), 1U);
}

TEST_P(contract_trim, a_saga_that_was_carried_goes_on_ends_and_goes) {
  put(make(saga(1), 1, "first"));
  much_later();
  put(make(saga(1), 2, "second"));
  much_later();
  put(make(saga(1), 3, "third"));
  finish(saga(1), 4);
  now_and_later([&] {
    const auto records = store().read(saga(1));
    ASSERT_EQ(records.size(), 4U);
    for (std::uint32_t at = 0; at < 4; ++at) EXPECT_EQ(records[at].seq, at + 1);
    EXPECT_EQ(records[0].bytes, "first");
    EXPECT_EQ(records[3].bytes, "the end");
  });
  much_later();
  much_later();
  now_and_later([&] { EXPECT_TRUE(store().read(saga(1)).empty()); });
  EXPECT_TRUE(subject_->live().empty());
  EXPECT_TRUE(store().carried().empty());
}

TEST_P(contract_trim, a_saga_that_ended_later_than_what_is_freed_stays_whole) {
  put(make(saga(1), 1, "first"));
  others();
  time_ += kept.history - 1;
  finish(saga(1), 2);
  others();
  ++time_;
  trim();
  now_and_later([&] {
    EXPECT_GT(store().oldest(), cursor{});
    ASSERT_EQ(store().read(saga(1)).size(), 2U);
    EXPECT_EQ(store().read(saga(1))[0].bytes, "first");
  });
}

TEST_P(contract_trim, a_record_for_a_saga_that_is_gone_is_refused) {
  put(make(saga(1), 1));
  finish(saga(1), 2);
  much_later();
  EXPECT_EQ(put(make(saga(1), 3)).result, result::refused);
  EXPECT_TRUE(store().read(saga(1)).empty());
}

TEST_P(contract_trim, a_key_outlives_its_history_and_is_free_when_its_own_time_has_passed) {
  const named_start name("order-1", "request", "canonical");
  ASSERT_EQ(start(saga(1), name).result, result::durable);
  finish(saga(1), 2);
  const auto ended = time_;
  much_later();
  now_and_later([&] {
    ASSERT_TRUE(store().read(saga(1)).empty());
    const auto holder = store().find_key("order-1", ended + kept.keys - 1);
    ASSERT_TRUE(holder.has_value());
    EXPECT_EQ(holder->saga, saga(1));
    EXPECT_EQ(holder->request_bytes, name.key.request_bytes);
    EXPECT_EQ(holder->request_canonical, name.key.request_canonical);
    EXPECT_FALSE(store().find_key("order-1", ended + kept.keys).has_value());
  });
  time_ = ended + kept.keys - 1;
  const auto taken = start(saga(2), name);
  EXPECT_EQ(taken.result, result::duplicate_key);
  EXPECT_EQ(taken.held_by, saga(1));
  EXPECT_TRUE(taken.same_request);
  --positions_[0];
  ++time_;
  ASSERT_EQ(start(saga(2), name).result, result::durable);
  now_and_later([&] {
    const auto holder = store().find_key("order-1", time_);
    ASSERT_TRUE(holder.has_value());
    EXPECT_EQ(holder->saga, saga(2));
  });
}

TEST_P(contract_trim, a_key_that_was_taken_anew_stays_with_its_taker_when_the_saga_before_is_carried) {
  const named_start name("order-1", "request", "canonical");
  ASSERT_EQ(start(saga(1), name).result, result::durable);
  others();
  finish(saga(1), 2);
  time_ += kept.keys;
  ASSERT_EQ(start(saga(2), name).result, result::durable);
  others();
  // Only now is what the first saga began in freed; its end lies further behind.
  trim();
  now_and_later([&] {
    const auto holder = store().find_key("order-1", time_);
    ASSERT_TRUE(holder.has_value());
    EXPECT_EQ(holder->saga, saga(2));
  });
  const auto taken = start(saga(3), name);
  EXPECT_EQ(taken.result, result::duplicate_key);
  EXPECT_EQ(taken.held_by, saga(2));
}

TEST_P(contract_trim, a_saga_under_way_holds_its_key_however_old_it_is) {
  const named_start name("order-1", "request", "canonical");
  ASSERT_EQ(start(saga(1), name).result, result::durable);
  for (int times = 0; times < 4; ++times) much_later();
  now_and_later([&] {
    const auto holder = store().find_key("order-1", time_ + 10 * kept.keys);
    ASSERT_TRUE(holder.has_value());
    EXPECT_EQ(holder->saga, saga(1));
  });
}

TEST_P(contract_trim, trimming_again_at_the_same_time_changes_nothing) {
  put(make(saga(1), 1));
  much_later();
  const auto oldest = store().oldest();
  trim();
  reopen();
  trim();
  EXPECT_EQ(store().oldest(), oldest);
  EXPECT_EQ(store().read(saga(1)).size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(journals, contract_trim, testing::ValuesIn(subjects()), subject_name);

}  // namespace
}  // namespace sagad::journal::tests

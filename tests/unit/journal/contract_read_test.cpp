#include <algorithm>
#include <map>
#include <span>
#include <thread>

#include "contract.hpp"
#include "journal/ownership.hpp"

namespace sagad::journal::tests {
namespace {

class contract_read : public contract {
 protected:
  void finish(const saga_id& of, std::uint32_t seq) {
    auto last = make(of, seq);
    last.final = true;
    put(last);
  }

  std::vector<stored_record> scan_all(std::size_t at_a_time, cursor from = {}) {
    std::vector<stored_record> all;
    for (;;) {
      const auto before = all.size();
      from = store().scan(from, at_a_time, [&](const stored_record& record) { all.push_back(record); });
      EXPECT_LE(all.size() - before, at_a_time);
      if (all.size() == before) return all;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(journals, contract_read, testing::ValuesIn(subjects()), subject_name);

TEST_P(contract_read, a_journal_keeps_its_identity_and_shares_it_with_no_other) {
  const auto identity = store().opened().identity;
  put(make(saga(1), 1));
  reopen();
  EXPECT_EQ(store().opened().identity, identity);
  EXPECT_NE(GetParam().make()->store().opened().identity, identity);
}

TEST_P(contract_read, a_saga_is_read_by_its_id_live_and_finished) {
  for (std::uint32_t seq = 1; seq <= 3; ++seq) {
    put(make(saga(1), seq, "one"));
    put(make(saga(2), seq, "two"));
  }
  finish(saga(2), 4);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(store().read(saga(1)).size(), 3U);
    const auto finished = store().read(saga(2));
    ASSERT_EQ(finished.size(), 4U);
    for (std::uint32_t seq = 1; seq <= 4; ++seq) EXPECT_EQ(finished[seq - 1].seq, seq);
    EXPECT_TRUE(store().read(saga(3)).empty());
    reopen(round == 0);
  }
}

TEST_P(contract_read, several_are_read_at_once_in_the_order_in_which_they_are_asked_for) {
  for (std::uint32_t seq = 1; seq <= 3; ++seq) {
    for (std::uint64_t number = 1; number <= 5; ++number) {
      if (seq <= number) put(make(saga(number, static_cast<partition_no>(number % 2)), seq, "some bytes"));
    }
  }
  std::vector<saga_id> wanted;
  for (const std::uint64_t number : {4, 9, 1, 5, 2, 8}) {
    wanted.push_back(saga(number, static_cast<partition_no>(number % 2)));
  }
  std::size_t asked = 0;
  for (std::span<const saga_id> left(wanted); !left.empty(); ++asked) {
    const auto found = store().read_many(left);
    ASSERT_GE(found.size(), 1U);
    ASSERT_LE(found.size(), left.size());
    for (std::size_t at = 0; at < found.size(); ++at) {
      const auto alone = store().read(left[at]);
      ASSERT_EQ(found[at].size(), alone.size());
      for (std::size_t one = 0; one < alone.size(); ++one) {
        EXPECT_EQ(found[at][one].saga, left[at]);
        EXPECT_EQ(found[at][one].position, alone[one].position);
        EXPECT_EQ(found[at][one].seq, one + 1);
        EXPECT_EQ(found[at][one].bytes, alone[one].bytes);
      }
    }
    left = left.subspan(found.size());
  }
  EXPECT_EQ(asked, 1U);
}

TEST_P(contract_read, the_live_are_those_not_finished_what_is_due_first) {
  constexpr millis ahead = millis{1} << 50;  // of any clock
  const std::map<std::uint64_t, millis> dues{{1, never},      {2, ahead + 50}, {3, ahead + 10},
                                             {4, ahead + 40}, {5, ahead + 30}, {6, 20}};
  for (const auto& [number, due] : dues) {
    auto begin = make(saga(number), 1);
    begin.due = 1'000 - due % 997;
    put(begin);
    auto next = make(saga(number), 2);
    next.due = due;
    put(next);
  }
  finish(saga(4), 3);
  reopen();
  const auto live = subject_->live();
  EXPECT_EQ(store().measured().live_sagas, 5U);
  ASSERT_EQ(live.size(), 5U);
  EXPECT_EQ(live[0].saga, saga(6));
  EXPECT_EQ(live[0].due, 20);
  EXPECT_EQ(live[1].saga, saga(3));
  EXPECT_EQ(live[1].due, ahead + 10);
  EXPECT_EQ(live[2].saga, saga(5));
  EXPECT_EQ(live[3].saga, saga(2));
  EXPECT_EQ(live[4].saga, saga(1));
  EXPECT_EQ(live[4].due, never);
}

TEST_P(contract_read, a_note_after_the_end_is_read_with_the_saga_and_does_not_revive_it) {
  put(make(saga(1), 1));
  finish(saga(1), 2);
  finish(saga(1), 3);
  reopen();
  finish(saga(1), 4);
  EXPECT_TRUE(subject_->live().empty());
  reopen(false);
  EXPECT_TRUE(subject_->live().empty());
  const auto records = store().read(saga(1));
  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(records[3].seq, 4U);
}

TEST_P(contract_read, a_scan_gives_all_records_in_the_order_of_their_commit_whatever_the_step) {
  for (std::uint32_t seq = 1; seq <= 10; ++seq) {
    for (std::uint64_t number = 1; number <= 4; ++number) put(make(saga(number), seq));
  }
  finish(saga(1), 11);
  for (int round = 0; round < 2; ++round) {
    for (const std::size_t at_a_time : {1, 3, 7, 1000}) {
      const auto all = scan_all(at_a_time);
      ASSERT_EQ(all.size(), 41U);
      for (std::size_t at = 0; at < all.size(); ++at) EXPECT_EQ(all[at].position, at + 1);
    }
    reopen();
  }
}

TEST_P(contract_read, a_cursor_goes_on_where_it_was_also_after_reopening) {
  for (std::uint32_t seq = 1; seq <= 10; ++seq) put(make(saga(1), seq));
  std::vector<std::uint32_t> seen;
  const auto visit = [&](const stored_record& record) { seen.push_back(record.seq); };
  auto at = store().scan({}, 4, visit);
  EXPECT_GT(at, cursor{});
  reopen();
  at = store().scan(at, 100, visit);
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(store().scan(at, 100, visit), at);
  reopen();
  put(make(saga(1), 11));
  put(make(saga(1), 12));
  store().scan(at, 100, visit);
  ASSERT_EQ(seen.size(), 12U);
  EXPECT_EQ(seen[11], 12U);
}

TEST_P(contract_read, a_scan_from_the_end_gives_what_comes_after_it) {
  EXPECT_EQ(scan_all(10).size(), 0U);
  const auto of_none = store().end();
  put(make(saga(1), 1));
  const auto of_one = store().end();
  put(make(saga(1), 2));
  std::vector<std::uint32_t> seen;
  const auto visit = [&](const stored_record& record) { seen.push_back(record.seq); };
  EXPECT_EQ(store().scan(of_one, 10, visit), store().end());
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{2}));
  store().scan(of_none, 10, visit);
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{2, 1, 2}));
}

TEST_P(contract_read, a_visitor_may_read_the_journal) {
  for (std::uint32_t seq = 1; seq <= 3; ++seq) put(make(saga(1), seq));
  std::size_t read = 0;
  store().scan({}, 10, [&](const stored_record& record) { read += store().read(record.saga).size(); });
  EXPECT_EQ(read, 9U);
}

TEST_P(contract_read, definitions_are_numbered_by_what_is_new_in_them) {
  const auto first = store().put_definition("sale", "{\"a\":1}");
  EXPECT_EQ(first.version, 1U);
  EXPECT_EQ(first.content, digest_of("{\"a\":1}"));
  EXPECT_EQ(store().put_definition("sale", "{\"a\":1}").version, 1U);
  EXPECT_EQ(store().put_definition("sale", "{\"a\":2}").version, 2U);
  EXPECT_EQ(store().put_definition("sale", "{\"a\":1}").version, 3U);
  EXPECT_EQ(store().put_definition("refund", "{\"a\":1}").version, 1U);
  EXPECT_EQ(store().put_definition("", "{\"a\":1}").version, 0U);
  EXPECT_EQ(store().put_definition("", "{\"a\":2}").version, 0U);
  EXPECT_EQ(store().put_definition("", "{\"a\":1}").version, 0U);
  EXPECT_EQ(store().definitions().size(), 6U);
  reopen();
  const auto kept = store().definitions();
  ASSERT_EQ(kept.size(), 6U);
  EXPECT_EQ(kept[1].name, "sale");
  EXPECT_EQ(kept[1].version, 2U);
  EXPECT_EQ(kept[1].canonical, "{\"a\":2}");
  EXPECT_EQ(kept[1].content, digest_of("{\"a\":2}"));
  EXPECT_EQ(store().put_definition("sale", "{\"a\":1}").version, 3U);
  EXPECT_EQ(store().put_definition("sale", "{\"a\":4}").version, 4U);
  EXPECT_EQ(store().put_definition("", "{\"a\":2}").version, 0U);
  EXPECT_EQ(store().definitions().size(), 7U);
}

TEST_P(contract_read, what_is_put_says_whether_it_was_there) {
  EXPECT_TRUE(store().put_definition("sale", "{\"a\":1}").is_new);
  EXPECT_FALSE(store().put_definition("sale", "{\"a\":1}").is_new);
  EXPECT_TRUE(store().put_definition("", "{\"a\":1}").is_new);
  EXPECT_FALSE(store().put_definition("", "{\"a\":1}").is_new);
  EXPECT_TRUE(store().retire_definition("sale"));
  EXPECT_FALSE(store().put_definition("sale", "{\"a\":1}").is_new) << "it is brought back";
  for (const auto& one : store().definitions()) EXPECT_FALSE(one.is_new);
}

TEST_P(contract_read, what_came_after_some_definitions_is_told_with_all_that_is_retired) {
  const bool others_put = dynamic_cast<shared_store*>(&store()) != nullptr;
  EXPECT_EQ(store().look_for_definitions(), others_put);
  store().put_definition("sale", "{\"a\":1}");
  store().put_definition("", "{\"a\":1}");
  store().put_definition("refund", "{\"a\":1}");
  store().put_definition("sale", "{\"a\":2}");
  store().retire_definition("sale");
  const auto news = store().definitions_after(2);
  ASSERT_EQ(news.added.size(), 2U);
  EXPECT_EQ(news.added[0].name, "refund");
  EXPECT_EQ(news.added[1].version, 2U);
  EXPECT_EQ(news.retired, std::vector<std::string>{"sale"});
  reopen();
  EXPECT_EQ(store().definitions_after(0).added.size(), 4U);
  EXPECT_EQ(store().definitions_after(4).added.size(), 0U);
  EXPECT_EQ(store().definitions_after(4).retired, std::vector<std::string>{"sale"});
  store().put_definition("sale", "{\"a\":3}");
  EXPECT_TRUE(store().definitions_after(4).retired.empty());
}

TEST_P(contract_read, a_large_definition_is_kept) {
  const std::string canonical(3U << 20U, 'd');
  store().put_definition("large", canonical);
  reopen();
  EXPECT_TRUE(store().definitions().at(0).canonical == canonical);
}

TEST_P(contract_read, a_retired_definition_stays_so_until_it_is_put_again) {
  store().put_definition("sale", "{\"a\":1}");
  store().put_definition("sale", "{\"a\":2}");
  store().put_definition("refund", "{\"a\":1}");
  store().put_definition("", "{\"a\":1}");
  EXPECT_FALSE(store().retire_definition("nobody"));
  EXPECT_FALSE(store().retire_definition(""));
  const auto retired = [&] {
    std::string names;
    for (const auto& one : store().definitions()) {
      if (one.retired) names += one.name + "@" + std::to_string(one.version) + " ";
    }
    return names;
  };
  EXPECT_TRUE(store().retire_definition("sale"));
  EXPECT_TRUE(store().retire_definition("sale"));
  EXPECT_EQ(retired(), "sale@1 sale@2 ");
  reopen();
  EXPECT_EQ(retired(), "sale@1 sale@2 ");
  const auto again = store().put_definition("sale", "{\"a\":2}");
  EXPECT_EQ(again.version, 2U);
  EXPECT_FALSE(again.retired);
  EXPECT_EQ(retired(), "");
  reopen();
  EXPECT_EQ(retired(), "");
  EXPECT_TRUE(store().retire_definition("sale"));
  EXPECT_EQ(store().put_definition("sale", "{\"a\":3}").version, 3U);
  reopen();
  EXPECT_EQ(retired(), "");
}

}  // namespace
}  // namespace sagad::journal::tests

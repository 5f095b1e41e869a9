#include "journal/memory/cluster.hpp"

#include <gmock/gmock.h>

#include "contract.hpp"

namespace sagad::journal::tests {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// A node that notes what it is told.
struct noting final : ownership_listener {
  explicit noting(memory::cluster& all, const std::string& name) : store(all.open(name)) {
    store->join(*this, "http://" + name);
    writer = store->make_appender([] {});
  }
  void taken(taken_partition one) override { has.push_back(std::move(one)); }
  void wanted_back(partition_no one) override { wanted.push_back(one); }
  void lost(partition_no one) override { gone.push_back(one); }
  void arrived(message one) override { messages.push_back(std::move(one)); }
  void answered(message_answer one) override { answers.push_back(std::move(one)); }
  void definitions_changed() override { ++other_definitions; }

  std::vector<exception> append(const entry& one) {
    writer->append(one);
    writer->submit(true);
    return told();
  }
  std::vector<exception> told() {
    std::vector<exception> result;
    writer->settled(result);
    return result;
  }

  std::unique_ptr<memory::node_store> store;
  std::unique_ptr<appender> writer;
  std::vector<taken_partition> has;
  std::vector<partition_no> wanted;
  std::vector<partition_no> gone;
  std::vector<message> messages;
  std::vector<message_answer> answers;
  int other_definitions = 0;
};

class memory_cluster : public testing::Test {
 protected:
  static entry make(const saga_id& of, std::uint32_t seq, position at, std::uint64_t epoch) {
    entry result;
    result.saga = of;
    result.seq = seq;
    result.position = at;
    result.epoch = epoch;
    result.bytes = "bytes";
    result.time = first_time + static_cast<millis>(at);
    result.due = first_time;
    return result;
  }
  void let_leases_end() { now += 4000; }

  millis now = first_time;
  memory::cluster all{{.partitions = 4}, [this] { return now; }};
  noting one{all, "one"};
};

TEST_F(memory_cluster, deals_all_partitions_to_who_is_there) {
  one.store->work();
  EXPECT_THAT(one.has, SizeIs(4));
  EXPECT_EQ(one.has[3].partition, 3);
  EXPECT_EQ(one.has[3].epoch, 1U);
  EXPECT_TRUE(one.store->owns(3, 1));
  EXPECT_FALSE(one.store->owns(4, 1)) << "more are not dealt out";
  noting two{all, "two"};
  two.store->work();
  EXPECT_THAT(two.has, IsEmpty());
  one.store->work();
  EXPECT_THAT(one.wanted, ElementsAre(2, 3));
  EXPECT_TRUE(one.store->owns(2, 1)) << "until it gives it back";
  one.store->give_back(2, 1);
  EXPECT_FALSE(one.store->owns(2, 1));
  two.store->work();
  ASSERT_THAT(two.has, SizeIs(1));
  EXPECT_EQ(two.has[0].epoch, 2U);
  one.store->work();
  EXPECT_THAT(one.wanted, SizeIs(2)) << "it is told once";
  EXPECT_THAT(one.gone, IsEmpty());
}

TEST_F(memory_cluster, a_taker_finds_what_was_written_before_the_epoch_rose) {
  one.store->work();
  EXPECT_THAT(one.append(make(saga(1, 0), 1, 1, 1)), IsEmpty());
  one.store->entries().hold();
  one.append(make(saga(2, 0), 1, 2, 1));
  let_leases_end();
  noting two{all, "two"};
  all.between_statements([&] { one.store->entries().release_all(); });
  two.store->work();
  EXPECT_EQ(two.has[0].last_position, 1U) << "what comes later is refused";
  EXPECT_EQ(two.has[0].last_time, first_time + 1);
  ASSERT_THAT(two.has[0].live, SizeIs(1));
  EXPECT_EQ(two.has[0].live[0].saga, saga(1, 0));
  EXPECT_EQ(one.told().at(0).result, result::not_owner);
}

TEST_F(memory_cluster, entries_of_an_older_epoch_are_refused_while_their_node_believes) {
  one.store->work();
  all.expire("one");
  noting two{all, "two"};
  two.store->work();
  EXPECT_TRUE(one.store->owns(0, 1));
  EXPECT_EQ(one.append(make(saga(1, 0), 1, 1, 1)).at(0).result, result::not_owner);
  EXPECT_THAT(two.append(make(saga(1, 0), 1, 1, 2)), IsEmpty());
  EXPECT_EQ(two.store->read(saga(1, 0)).size(), 1U);
  EXPECT_EQ(one.store->read(saga(1, 0)).size(), 1U);
  one.store->work();
  EXPECT_THAT(one.gone, ElementsAre(0, 1));
  EXPECT_FALSE(one.store->owns(0, 1));
}

TEST_F(memory_cluster, trust_ends_before_the_lease_does) {
  one.store->work();
  now += 2499;
  EXPECT_TRUE(one.store->owns(0, 1));
  now += 1;
  EXPECT_FALSE(one.store->owns(0, 1));
  noting two{all, "two"};
  two.store->work();
  EXPECT_THAT(two.has, IsEmpty());
  one.store->work();
  EXPECT_TRUE(one.store->owns(0, 1)) << "nobody else came";
}

TEST_F(memory_cluster, what_a_dead_client_sent_may_be_written_until_the_epoch_rises) {
  one.store->work();
  one.store->entries().hold();
  one.append(make(saga(1, 0), 1, 1, 1));
  one.append(make(saga(2, 0), 1, 2, 1));
  one.append(make(saga(3, 0), 1, 3, 1));
  one.store->die(1, 2);
  EXPECT_EQ(all.late(), 2U);
  all.commit_late(1);
  EXPECT_TRUE(one.store->has(saga(2, 0)));
  let_leases_end();
  noting two{all, "two"};
  two.store->work();
  EXPECT_EQ(two.has[0].last_position, 2U);
  all.commit_late(1);
  EXPECT_FALSE(two.store->has(saga(3, 0)));
}

TEST_F(memory_cluster, what_a_dead_client_sent_is_not_written_by_a_database_that_fell) {
  one.store->work();
  one.store->entries().hold();
  one.append(make(saga(1, 0), 1, 1, 1));
  one.store->die(0, 1);
  all.forget_late();
  EXPECT_EQ(all.late(), 0U);
  all.commit_late(1);
  EXPECT_FALSE(one.store->has(saga(1, 0)));
}

TEST_F(memory_cluster, nothing_comes_late_that_follows_what_was_not_known_to_be_written) {
  one.store->work();
  one.store->entries().hold();
  one.store->entries().inject(saga(1, 0), 1, {.result = result::unknown});
  one.append(make(saga(1, 0), 1, 1, 1));
  one.append(make(saga(2, 0), 1, 2, 1));
  one.append(make(saga(3, 1), 1, 1, 1));
  one.store->die(1, 2);
  EXPECT_EQ(all.late(), 1U);
  all.commit_late(1);
  EXPECT_FALSE(one.store->has(saga(2, 0)));
  EXPECT_TRUE(one.store->has(saga(3, 1)));
}

TEST_F(memory_cluster, what_comes_late_after_an_unknown_is_written_once) {
  one.store->work();
  one.store->entries().inject(saga(1, 0), 1, {.result = result::unknown, .late = true});
  const auto first = make(saga(1, 0), 1, 1, 1);
  EXPECT_EQ(one.append(first).at(0).result, result::unknown);
  EXPECT_EQ(one.append(make(saga(2, 0), 1, 2, 1)).at(0).result, result::unknown);
  all.commit_late(1);
  EXPECT_THAT(one.append(first), IsEmpty());
  EXPECT_THAT(one.append(make(saga(2, 0), 1, 2, 1)), IsEmpty());
  EXPECT_EQ(one.store->read(saga(1, 0)).size(), 1U);
}

TEST_F(memory_cluster, what_is_given_back_settles_first) {
  one.store->work();
  one.store->entries().hold();
  one.append(make(saga(1, 2), 1, 1, 1));
  one.store->give_back(2, 1);
  EXPECT_TRUE(one.store->has(saga(1, 2)));
  EXPECT_EQ(all.holder_of(2).owner, "");
}

TEST_F(memory_cluster, who_leaves_is_wanted_all_of_it_back_and_gets_none) {
  one.store->work();
  one.store->leave();
  one.store->work();
  EXPECT_THAT(one.wanted, ElementsAre(0, 1, 2, 3));
  for (partition_no each = 0; each < 4; ++each) one.store->give_back(each, 1);
  one.store->work();
  EXPECT_THAT(one.has, SizeIs(4));
  noting two{all, "two"};
  two.store->work();
  EXPECT_THAT(two.has, SizeIs(4));
  EXPECT_TRUE(two.store->nodes().at(0).leaving);
  EXPECT_THAT(two.store->nodes().at(1).owns, SizeIs(4));
}

TEST_F(memory_cluster, a_partition_can_be_moved) {
  one.store->work();
  noting two{all, "two"};
  two.store->work();
  all.move(0);
  one.store->work();
  EXPECT_THAT(one.wanted, ElementsAre(0, 3));
  one.store->give_back(0, 1);
  one.store->work();
  EXPECT_EQ(all.holder_of(0).owner, "");
  two.store->work();
  EXPECT_EQ(all.holder_of(0).owner, "two");
}

TEST_F(memory_cluster, messages_come_to_the_owner_until_they_are_answered_and_the_answer_to_who_asked) {
  one.store->work();
  noting two{all, "two"};
  post_one(*two.store, {"c1", saga(1, 3), "bytes"});
  post_one(*two.store, {"c1", saga(1, 3), "bytes"});
  one.store->work();
  ASSERT_THAT(one.messages, SizeIs(1));
  EXPECT_EQ(one.messages[0].bytes, "bytes");
  one.store->work();
  EXPECT_THAT(one.messages, SizeIs(1));
  now += 1000;
  one.store->work();
  EXPECT_THAT(one.messages, SizeIs(2)) << "again, after a while";
  one.store->answer({"c1", "done"});
  one.store->answer({"c1", "done"});
  EXPECT_EQ(all.messages(), 0U);
  two.store->work();
  ASSERT_THAT(two.answers, SizeIs(1));
  EXPECT_EQ(two.answers[0].bytes, "done");
  now += 1000;
  one.store->work();
  EXPECT_THAT(one.messages, SizeIs(2));
}

TEST_F(memory_cluster, messages_come_to_the_new_owner_at_once) {
  one.store->work();
  post_one(*one.store, {"c1", saga(1, 0), "bytes"});
  one.store->work();
  EXPECT_THAT(one.messages, SizeIs(1));
  all.expire("one");
  noting two{all, "two"};
  two.store->work();
  two.store->work();
  EXPECT_THAT(two.messages, SizeIs(1));
}

TEST_F(memory_cluster, keys_and_definitions_are_the_same_for_all) {
  one.store->work();
  noting two{all, "two"};
  const named_start name("k", "request", "canonical");
  auto first = make(saga(1, 0), 1, 1, 1);
  first.key = &name.key;
  EXPECT_THAT(one.append(first), IsEmpty());
  ASSERT_TRUE(two.store->find_key("k", now));
  EXPECT_EQ(two.store->find_key("k", now)->saga, saga(1, 0));
  one.store->put_definition("sale", "{}");
  EXPECT_THAT(two.store->definitions(), SizeIs(1));
}

TEST_F(memory_cluster, each_is_told_once_in_a_round_that_definitions_have_changed) {
  noting two{all, "two"};
  for (auto* each : {&one, &two}) {
    each->store->work();
    EXPECT_EQ(each->other_definitions, 1) << "whatever was there before";
  }
  one.store->put_definition("sale", "{}");
  one.store->put_definition("", "{\"inline\":true}");
  for (auto* each : {&one, &two}) {
    for (int round = 0; round < 3; ++round) each->store->work();
    EXPECT_EQ(each->other_definitions, 2);
  }
  EXPECT_TRUE(two.store->retire_definition("sale"));
  one.store->work();
  EXPECT_EQ(one.other_definitions, 3);
  const auto news = one.store->definitions_after(1);
  ASSERT_THAT(news.added, SizeIs(1));
  EXPECT_EQ(news.added[0].canonical, "{\"inline\":true}");
  EXPECT_THAT(news.retired, ElementsAre("sale"));
}

TEST(format_of_a_cluster, is_raised_when_all_who_are_there_read_more_and_is_learned_in_a_round) {
  memory::cluster all({.format_level = 1}, [] { return first_time; });
  struct nobody final : ownership_listener {
    void taken(taken_partition) override {}
    void wanted_back(partition_no) override {}
    void lost(partition_no) override {}
    void arrived(message) override {}
    void answered(message_answer) override {}
  } listener;
  auto older = all.open("older", 1);
  const auto newer = all.open("newer", 2);
  newer->join(listener, "");
  all.raise_format_level();
  EXPECT_EQ(all.format_level(), 1) << "one that is there reads no more";
  older.reset();
  all.raise_format_level();
  EXPECT_EQ(all.format_level(), 2);
  EXPECT_EQ(newer->format_level(), 1) << "it has not looked since";
  newer->work();
  EXPECT_EQ(newer->format_level(), 2);
  EXPECT_THROW(all.open("older again", 1), std::logic_error);
}

}  // namespace
}  // namespace sagad::journal::tests

#include <algorithm>
#include <atomic>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "postgres_node.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/postgres_server.hpp"

namespace sagad::journal::tests {

using sagad::tests::postgres_client;
using sagad::tests::postgres_server;

namespace {

using sagad::tests::eventually;

/// An append that has its partition's row, and waits for a key that somebody else is about to take.
class held_up_append {
 public:
  held_up_append(postgres_node& node, const std::string& url, const saga_id& of)
      : other_(url), name_("key of " + of.text(), "request", "canonical"), lane_(node.store()) {
    other_.ask("BEGIN");
    other_.ask("INSERT INTO sagad_start_keys (start_key, saga, request_bytes, request_canonical) VALUES ('" +
               name_.text + "', '', '', '')");
    auto start = node.make(of, 1);
    start.key = &name_.key;
    last_ = lane_.appender().append(start);
    lane_.appender().submit(false);
    const bool waits = eventually([&] {
      return postgres_client(url).ask(
                 "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sagad writer' AND wait_event_type = "
                 "'Lock'") == "1";
    });
    EXPECT_TRUE(waits);
  }

  /// What became of it.
  std::vector<exception> go_on() {
    other_.ask("ROLLBACK");
    return lane_.wait(last_);
  }

 private:
  postgres_client other_;
  named_start name_;
  lane lane_;
  ticket last_ = 0;
};

/// Starts sagas in what its node has, three at once, and notes which are durable.
class busy_writer {
 public:
  busy_writer(postgres_node& node, std::uint64_t from) : node_(node), thread_([this, from] { run(from); }) {}
  ~busy_writer() { end(); }
  busy_writer(const busy_writer&) = delete;
  busy_writer& operator=(const busy_writer&) = delete;

  std::size_t tried() const { return tried_; }
  const std::vector<saga_id>& end() {
    ending_ = true;
    if (thread_.joinable()) thread_.join();
    return durable_;
  }

 private:
  void run(std::uint64_t number) {
    while (!ending_) {
      const auto all = node_.has_all();
      if (all.empty()) continue;
      lane one(node_.store());
      std::vector<saga_id> batch;
      ticket last = 0;
      for (std::size_t at = 0; at < 3; ++at) {
        ++number;
        batch.push_back(saga(number, all.at((number * 7) % all.size())));
        last = one.appender().append(node_.make(batch.back(), 1));
      }
      std::set<ticket> refused;
      for (const auto& told : one.commit(last)) {
        EXPECT_EQ(told.result, result::not_owner);
        refused.insert(told.ticket);
      }
      for (std::size_t at = 0; at < batch.size(); ++at) {
        if (!refused.contains(at + 1)) durable_.push_back(batch[at]);
      }
      ++tried_;
    }
  }

  postgres_node& node_;
  std::vector<saga_id> durable_;  ///< the thread's, until it has ended
  std::atomic<bool> ending_ = false;
  std::atomic<std::size_t> tried_ = 0;
  std::thread thread_;  ///< last: it begins when all else is there
};

class postgres_shared : public testing::Test {
 protected:
  postgres_shared() : schema_(postgres_server::the().fresh_schema()) {
    settings_.url = postgres_server::the().url(schema_);
    settings_.retention = kept;
    settings_.poll = std::chrono::milliseconds(20);
    settings_.lease = std::chrono::milliseconds(60'000);
    settings_.append_patience = std::chrono::milliseconds(60'000);
    settings_.scan_records = 16;
    settings_.trim_records = 100;
  }
  ~postgres_shared() override { postgres_server::the().drop_schema(schema_); }

  std::string ask(const std::string& sql) { return postgres_client(settings_.url).ask(sql); }
  /// What a node has that does not renew its leases by then: one whose row is locked cannot.
  std::unique_ptr<postgres_client> hold_up(const std::string& address) {
    auto other = std::make_unique<postgres_client>(settings_.url);
    other->ask("BEGIN");
    other->ask("SELECT name FROM sagad_nodes WHERE address = '" + address + "' FOR UPDATE");
    return other;
  }
  static void expect_all_once(const std::vector<postgres_node*>& nodes) {
    std::vector<partition_no> all;
    for (const auto* node : nodes) {
      const auto some = node->has_all();
      all.insert(all.end(), some.begin(), some.end());
    }
    std::sort(all.begin(), all.end());
    std::vector<partition_no> expected(partitions);
    std::iota(expected.begin(), expected.end(), partition_no{0});
    EXPECT_EQ(all, expected);
  }
  static std::vector<stored_record> scan_all(journal::store& store) {
    std::vector<stored_record> found;
    store.scan(store.oldest(), 1'000'000, [&](const stored_record& one) { found.push_back(one); });
    return found;
  }

  std::string schema_;
  postgres::options settings_;
};

TEST_F(postgres_shared, who_is_alone_takes_all_partitions_at_once) {
  postgres_node node(settings_);
  EXPECT_THAT(node.store().opened().last_position, testing::Each(0U));
  ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
  EXPECT_EQ(ask("SELECT count(DISTINCT lease_until) FROM sagad_partitions"), "1") << "by one statement";
  EXPECT_TRUE(node.store().owns(0, 1));
  EXPECT_TRUE(node.store().owns(255, 1));
  EXPECT_FALSE(node.store().owns(256, 1));
  EXPECT_EQ(node.put(node.make(saga(1, 7), 1)), result::durable);
  EXPECT_EQ(scan_all(node.store()).size(), 1U) << "with nobody else there all is shown at once";
}

TEST_F(postgres_shared, what_a_partition_brings_is_what_was_there) {
  {
    postgres_node before(settings_);
    ASSERT_TRUE(eventually([&] { return before.count() == partitions; }));
    auto first = before.make(saga(1, 7), 1);
    first.due = 2'000;
    ASSERT_EQ(before.put(first), result::durable);
    auto second = before.make(saga(2, 7), 1);
    second.due = 1'000;
    second.time = first_time + 5;
    ASSERT_EQ(before.put(second), result::durable);
    auto over = before.make(saga(3, 7), 1);
    over.final = true;
    ASSERT_EQ(before.put(over), result::durable);
    EXPECT_EQ(before.store().measured().live_sagas, 2U);
  }
  postgres_node node(settings_);
  ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
  const auto found = node.taken_as(7);
  EXPECT_EQ(found.epoch, 2U);
  EXPECT_EQ(found.last_position, 3U);
  EXPECT_EQ(found.last_time, first_time);
  ASSERT_EQ(found.live.size(), 2U);
  EXPECT_EQ(found.live[0].saga, saga(2, 7));
  EXPECT_EQ(found.live[1].saga, saga(1, 7));
  EXPECT_EQ(found.live[1].due, 2'000);
  EXPECT_EQ(node.taken_as(8).last_position, 0U);
  EXPECT_EQ(node.store().measured().live_sagas, 2U);
  EXPECT_EQ(node.put(node.make(saga(1, 7), 2)), result::durable);
}

TEST_F(postgres_shared, what_was_written_before_is_shown_to_who_follows_before_he_writes) {
  cursor end;
  {
    postgres_node before(settings_);
    ASSERT_TRUE(eventually([&] { return before.count() == partitions; }));
    for (std::uint64_t number = 1; number <= 3; ++number) {
      ASSERT_EQ(before.put(before.make(saga(number, 7), 1)), result::durable);
    }
    end = before.store().end();
    // As one who is killed leaves it: floors are said later than records are written.
    ask("UPDATE sagad_nodes SET name = 'killed', seen = now() - interval '1 hour', floor = 1");
    ask("INSERT INTO sagad_nodes (name, slot, address, seen, leaving, floor) "
        "VALUES ('killed, too', 40, '', now() - interval '1 hour', FALSE, 5)");
  }
  postgres_node node(settings_);
  ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
  EXPECT_TRUE(eventually([&] { return scan_all(node.store()).size() == 3; }));
  EXPECT_GE(node.store().end(), end);
}

TEST_F(postgres_shared, those_who_come_get_their_share_and_those_who_go_leave_theirs) {
  postgres_node one(settings_, "one");
  ASSERT_TRUE(eventually([&] { return one.count() == partitions; }));
  postgres_node two(settings_, "two");
  ASSERT_TRUE(eventually([&] { return one.count() == 128 && two.count() == 128; }));
  expect_all_once({&one, &two});
  EXPECT_EQ(one.wanted_count(), 128U) << "no more than must move";
  postgres_node three(settings_, "three");
  ASSERT_TRUE(eventually([&] {
    return three.count() >= 85 && one.count() + two.count() + three.count() == partitions && one.count() <= 86 &&
           two.count() <= 86;
  }));
  expect_all_once({&one, &two, &three});
  EXPECT_EQ(one.wanted_count() + two.wanted_count(), 128U + three.count());
  EXPECT_TRUE(one.lost_all().empty());
  two.store().leave();
  ASSERT_TRUE(eventually([&] { return two.count() == 0 && one.count() == 128 && three.count() == 128; }));
  expect_all_once({&one, &three});
  one.close();
  ASSERT_TRUE(eventually([&] { return three.count() == partitions; })) << "long before any lease is over";
  EXPECT_TRUE(eventually([&] { return ask("SELECT count(*) FROM sagad_nodes WHERE address = 'one'") == "0"; }));
}

TEST_F(postgres_shared, nodes_are_known_by_their_addresses_and_what_they_own) {
  postgres_node one(settings_, "one");
  postgres_node two(settings_, "two");
  ASSERT_TRUE(eventually([&] { return one.count() == 128 && two.count() == 128; }));
  two.keep_what_is_wanted();
  two.store().leave();
  std::map<std::string, node> found;
  ASSERT_TRUE(eventually([&] {
    found.clear();
    for (const auto& each : one.store().nodes()) found[each.address] = each;
    return found.size() == 2 && found["two"].leaving;
  }));
  EXPECT_FALSE(found["one"].leaving);
  EXPECT_EQ(found["one"].owns, one.has_all());
  EXPECT_EQ(found["two"].owns.size(), 128U);
  EXPECT_NE(found["one"].name, found["two"].name);
  EXPECT_TRUE(eventually([&] { return two.wanted_count() >= 128; }));
}

TEST_F(postgres_shared, what_was_taken_is_refused_and_the_rest_of_the_batch_stands) {
  postgres_node node(settings_);
  ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
  ask("UPDATE sagad_partitions SET epoch = epoch + 1, owner = 'another', lease_until = now() + interval '1 hour' "
      "WHERE id = 3");
  lane one(node.store());
  one.appender().append(node.make(saga(1, 3), 1));
  const auto last = one.appender().append(node.make(saga(2, 4), 1));
  const auto told = one.commit(last);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].ticket, 1U);
  EXPECT_EQ(told[0].result, result::not_owner);
  EXPECT_TRUE(node.store().has(saga(2, 4)));
  EXPECT_FALSE(node.store().has(saga(1, 3)));
  EXPECT_TRUE(eventually([&] { return node.lost_all() == std::vector<partition_no>{3}; }));
  EXPECT_FALSE(node.store().owns(3, 1));
  EXPECT_EQ(node.count(), 255U);
  EXPECT_EQ(node.put(node.make(saga(3, 4), 1)), result::durable);
}

TEST_F(postgres_shared, an_entry_of_an_earlier_epoch_is_refused_by_who_has_the_partition_again) {
  postgres_node node(settings_);
  ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
  const auto old = node.make(saga(1, 3), 1);
  node.store().give_back(3, 1);
  ASSERT_TRUE(eventually([&] { return node.taken_as(3).epoch == 2; })) << "it is its share";
  node.store().give_back(3, 1);
  EXPECT_EQ(node.put(old), result::not_owner);
  EXPECT_TRUE(eventually([&] { return node.store().owns(3, 2); }));
  EXPECT_FALSE(node.store().owns(3, 1)) << "what is of the first time does not go out under the trust in the second";
  EXPECT_EQ(node.put(node.make(saga(2, 3), 1)), result::durable);
  EXPECT_TRUE(node.lost_all().empty()) << "nothing is told of what was given back";
}

TEST_F(postgres_shared, who_does_not_renew_his_leases_stops_trusting_them_before_they_are_taken) {
  settings_.lease = std::chrono::milliseconds(1'000);
  postgres_node one(settings_, "one");
  ASSERT_TRUE(eventually([&] { return one.count() == partitions; }));
  ASSERT_EQ(one.put(one.make(saga(1, 7), 1)), result::durable);
  const auto stale = one.make(saga(1, 7), 2);
  postgres_node two(settings_, "two");
  std::atomic<int> trusted_by_both = 0;
  std::atomic<std::size_t> taken = 0;
  two.when_taken([&](const taken_partition& partition) {
    // Taken without having been given: its lease was over.
    if (one.has(partition.partition) && one.store().owns(partition.partition, partition.epoch - 1)) ++trusted_by_both;
    ++taken;
  });
  ASSERT_TRUE(eventually([&] { return two.count() == 128; }));
  const auto held_up = hold_up("one");
  ASSERT_TRUE(eventually([&] { return two.count() == partitions; }));
  EXPECT_EQ(trusted_by_both, 0);
  EXPECT_EQ(two.taken_as(7).last_position, 1U);
  EXPECT_EQ(one.put(stale), result::not_owner);
  EXPECT_EQ(two.put(two.make(saga(1, 7), 2)), result::durable);
  held_up->ask("COMMIT");
  // More, where the machine was so slow that some of the first half was not given but taken.
  EXPECT_TRUE(eventually([&] { return one.lost_all().size() >= 128; })) << "it is told when it can be";
  EXPECT_TRUE(eventually([&] { return one.count() == 128 && two.count() == 128; })) << "and takes part again";
}

TEST_F(postgres_shared, what_is_being_appended_is_settled_before_its_partition_is_given_back) {
  postgres_node one(settings_, "one");
  ASSERT_TRUE(eventually([&] { return one.count() == partitions; }));
  held_up_append append(one, settings_.url, saga(1, 255));
  postgres_node two(settings_, "two");
  // The highest are moved: all but the one that is being appended to.
  ASSERT_TRUE(eventually([&] { return two.count() == 127; }));
  EXPECT_FALSE(two.has(255));
  EXPECT_FALSE(one.store().owns(255, 1)) << "given back: nothing is to begin in it";
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_nodes n JOIN sagad_partitions p ON p.owner = n.name WHERE n.address = "
                "'one' AND p.id = 255"),
            "1");
  EXPECT_TRUE(append.go_on().empty());
  ASSERT_TRUE(eventually([&] { return two.has(255); }));
  EXPECT_EQ(two.taken_as(255).last_position, 1U);
  ASSERT_EQ(two.taken_as(255).live.size(), 1U);
  EXPECT_EQ(two.taken_as(255).live[0].saga, saga(1, 255));
}

TEST_F(postgres_shared, a_take_over_waits_for_what_is_being_appended_and_reads_it) {
  settings_.lease = std::chrono::milliseconds(1'000);
  settings_.statement_timeout = std::chrono::hours(1);  // between two tries its row would be free
  postgres_node one(settings_, "one");
  ASSERT_TRUE(eventually([&] { return one.count() == partitions; }));
  one.keep_what_is_wanted();
  held_up_append append(one, settings_.url, saga(1, 20));
  const auto held_up = hold_up("one");
  postgres_node two(settings_, "two");
  ASSERT_TRUE(eventually([&] { return two.count() == 255; })) << "the others are not waited for";
  EXPECT_FALSE(two.has(20));
  EXPECT_TRUE(append.go_on().empty()) << "nobody had raised its epoch";
  ASSERT_TRUE(eventually([&] { return two.has(20); }));
  EXPECT_EQ(two.taken_as(20).last_position, 1U);
  EXPECT_EQ(one.put(one.make(saga(2, 20), 1)), result::not_owner);
}

TEST_F(postgres_shared, a_scan_does_not_pass_what_another_node_is_still_writing) {
  postgres_node one(settings_, "one");
  postgres_node two(settings_, "two");
  ASSERT_TRUE(eventually([&] { return one.count() == 128 && two.count() == 128; }));
  const auto ones = one.has_all().front();
  const auto twos = two.has_all().front();
  ASSERT_EQ(one.put(one.make(saga(1, ones), 1)), result::durable);
  ASSERT_TRUE(eventually([&] { return scan_all(two.store()).size() == 1; }));
  held_up_append append(two, settings_.url, saga(2, twos));
  // Written later, at higher places, and there earlier.
  for (std::uint64_t number = 3; number < 50; ++number) {
    ASSERT_EQ(one.put(one.make(saga(number, ones), 1)), result::durable);
  }
  const std::vector<cursor> ends{one.store().end(), two.store().end()};
  for (auto* node : {&one, &two}) EXPECT_LT(scan_all(node->store()).size(), 10U);
  EXPECT_TRUE(append.go_on().empty());
  const auto place = std::stoull(ask("SELECT place FROM sagad_records WHERE partition_id = " + std::to_string(twos)));
  for (const auto end : ends) EXPECT_LE(end.at, place);
  for (auto* node : {&one, &two}) {
    EXPECT_TRUE(eventually([&] { return scan_all(node->store()).size() == 49; }));
  }
}

TEST_F(postgres_shared, a_scan_does_not_pass_the_very_first_record_while_it_is_written) {
  postgres_node one(settings_, "one");
  ASSERT_TRUE(eventually([&] { return one.count() == partitions; }));
  postgres_node two(settings_, "two");
  ASSERT_TRUE(eventually([&] { return one.count() == 128 && two.count() == 128; }));
  held_up_append append(one, settings_.url, saga(1, one.has_all().front()));
  const auto twos = two.has_all().front();
  // Twice, so that it has looked around in between.
  for (std::uint64_t number = 2; number <= 3; ++number) {
    ASSERT_EQ(two.put(two.make(saga(number, twos), 1)), result::durable);
    const auto place = ask("SELECT max(place) FROM sagad_records");
    ASSERT_TRUE(
        eventually([&] { return ask("SELECT floor > " + place + " FROM sagad_nodes WHERE address = 'two'") == "t"; }));
  }
  EXPECT_EQ(scan_all(two.store()).size(), 0U);
  EXPECT_TRUE(append.go_on().empty());
  EXPECT_EQ(ask("SELECT min(place) FROM sagad_records"), "0");
  for (auto* node : {&one, &two}) {
    EXPECT_TRUE(eventually([&] { return scan_all(node->store()).size() == 3; }));
  }
}

TEST_F(postgres_shared, partitions_are_told_in_pieces_before_all_that_live_in_the_others_have_been_read) {
  settings_.live_at_once = 1;
  { const postgres_node made(settings_, "made"); }
  // What does not even have the form of a saga's id: whoever reads it reads no further.
  ask("INSERT INTO sagad_live_sagas (saga, partition_id) VALUES ('\\x00', 200)");
  postgres_node one(settings_, "one");
  EXPECT_TRUE(eventually([&] { return one.count() >= 4; }));
  EXPECT_FALSE(one.has(200));
  ASSERT_EQ(one.put(one.make(saga(1, one.has_all().front()), 1)), result::durable) << "which are served meanwhile";
  ask("DELETE FROM sagad_live_sagas WHERE partition_id = 200");
  EXPECT_TRUE(eventually([&] { return one.count() == partitions; }));
}

TEST_F(postgres_shared, a_scan_does_not_pass_what_is_written_by_who_was_removed_before_he_hears_of_it) {
  settings_.lease = std::chrono::hours(1);
  auto deaf = settings_;
  deaf.poll = std::chrono::hours(1);
  postgres_node one(deaf, "one");
  ASSERT_TRUE(eventually([&] { return one.count() == partitions; }));
  postgres_node two(settings_, "two");
  ask("UPDATE sagad_partitions SET epoch = epoch + 1, owner = NULL, lease_until = NULL WHERE id = 255");
  ASSERT_TRUE(eventually([&] { return two.has(255); }));
  ask("DELETE FROM sagad_nodes WHERE address = 'one'");
  // Twice, so that it has looked around in between.
  for (std::uint64_t number = 1; number <= 2; ++number) {
    ASSERT_EQ(two.put(two.make(saga(number, 255), 1)), result::durable);
    const auto place = ask("SELECT max(place) FROM sagad_records");
    ASSERT_TRUE(
        eventually([&] { return ask("SELECT floor > " + place + " FROM sagad_nodes WHERE address = 'two'") == "t"; }));
  }
  EXPECT_EQ(scan_all(two.store()).size(), 0U);
  ASSERT_EQ(one.put(one.make(saga(3, 7), 1)), result::durable);
  EXPECT_EQ(
      ask("SELECT saga = (SELECT saga FROM sagad_records WHERE partition_id = 7) FROM sagad_records ORDER BY place "
          "LIMIT 1"),
      "t");
  ask("UPDATE sagad_partitions SET lease_until = now() - interval '1 second' WHERE id <> 255");
  ASSERT_TRUE(eventually([&] { return two.count() == partitions; }));
  EXPECT_TRUE(eventually([&] { return scan_all(two.store()).size() == 3; }));
}

TEST_F(postgres_shared, whoever_follows_sees_each_record_once_while_partitions_move) {
  std::vector<std::unique_ptr<postgres_node>> nodes;
  std::vector<std::unique_ptr<busy_writer>> writers;
  std::set<saga_id> seen;
  cursor at;
  std::size_t doubled = 0;
  const auto follow = [&](journal::store& store) {
    at = store.scan(at, 7, [&](const stored_record& one) { doubled += seen.insert(one.saga).second ? 0 : 1; });
  };
  for (std::size_t next = 1; next <= 3; ++next) {
    nodes.push_back(std::make_unique<postgres_node>(settings_));
    writers.push_back(std::make_unique<busy_writer>(*nodes.back(), 1'000'000 * next));
    EXPECT_TRUE(eventually([&] {
      follow(nodes.front()->store());
      return nodes.back()->count() >= partitions / next && writers.back()->tried() > 50;
    }));
  }
  std::size_t durable = 0;
  for (auto& one : writers) durable += one->end().size();
  nodes.pop_back();
  // A place means the same to all.
  EXPECT_TRUE(eventually([&] {
    follow(nodes.back()->store());
    return seen.size() == durable;
  })) << seen.size()
      << " of " << durable;
  EXPECT_EQ(doubled, 0U);
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_records"), std::to_string(durable));
}

TEST_F(postgres_shared, each_node_frees_what_it_owns) {
  postgres_node one(settings_, "one");
  postgres_node two(settings_, "two");
  ASSERT_TRUE(eventually([&] { return one.count() == 128 && two.count() == 128; }));
  for (std::uint64_t number = 1; number <= 300; ++number) {
    auto& node = number % 2 == 0 ? one : two;
    const auto all = node.has_all();
    auto whole = node.make(saga(number, all.at(number % all.size())), 1);
    whole.final = number % 50 != 0;
    ASSERT_EQ(node.put(whole), result::durable);
  }
  const auto trim = [&](postgres_node& node) {
    while (node.store().trim(first_time + kept.history)) {
    }
  };
  trim(one);
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_records"), std::to_string(150 + 6)) << "of its own, but what is live";
  std::thread beside([&] { trim(one); });
  trim(two);
  beside.join();
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_records"), "6");
  EXPECT_EQ(one.store().read(saga(50, one.has_all().at(50))).size(), 1U);
  EXPECT_TRUE(eventually([&] { return one.store().oldest() == two.store().oldest(); }));
  EXPECT_THROW(one.store().scan({}, 1, [](const stored_record&) {}), trimmed);
  // As far as both have said that they have come.
  EXPECT_TRUE(eventually([&] { return scan_all(one.store()).size() + one.store().carried().size() == 6; }));
}

TEST_F(postgres_shared, what_one_node_has_not_freed_is_freed_by_the_next) {
  postgres_node one(settings_, "one");
  std::optional<postgres_node> two;
  two.emplace(settings_, "two");
  ASSERT_TRUE(eventually([&] { return one.count() == 128 && two->count() == 128; }));
  for (std::uint64_t number = 1; number <= 20; ++number) {
    for (auto* node : {&one, &*two}) {
      auto whole = node->make(saga(number, node->has_all().front()), 1);
      whole.final = true;
      ASSERT_EQ(node->put(whole), result::durable);
    }
  }
  while (one.store().trim(first_time + kept.history)) {
  }
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_records"), "20");
  two.reset();
  ASSERT_TRUE(eventually([&] { return one.count() == partitions; }));
  while (one.store().trim(first_time + kept.history)) {
  }
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_records"), "0");
}

TEST_F(postgres_shared, a_server_that_falls_loses_no_node_its_place) {
  postgres_node one(settings_, "one");
  postgres_node two(settings_, "two");
  ASSERT_TRUE(eventually([&] { return one.count() == 128 && two.count() == 128; }));
  postgres_server::the().restart();
  for (auto* node : {&one, &two}) {
    const auto mine = node->has_all().front();
    EXPECT_EQ(node->put(node->make(saga(mine, mine), 1)), result::durable);
    EXPECT_TRUE(eventually([&] { return scan_all(node->store()).size() > 0; }));
  }
  EXPECT_TRUE(eventually([&] { return scan_all(one.store()).size() == 2; }));
  expect_all_once({&one, &two});
  EXPECT_TRUE(one.lost_all().empty());
}

// Sessions end in the middle of what they do, leases run out under their owners, and partitions go round. What was told
// durable is there, once, and each partition's records are of one owner after the other.
TEST_F(postgres_shared, whatever_ends_each_partition_is_of_one_owner_after_the_other) {
  settings_.lease = std::chrono::milliseconds(400);
  std::vector<std::unique_ptr<postgres_node>> nodes;
  std::vector<std::unique_ptr<busy_writer>> writers;
  for (const auto* address : {"0", "1", "2"}) {
    nodes.push_back(std::make_unique<postgres_node>(settings_, address));
    writers.push_back(std::make_unique<busy_writer>(*nodes.back(), 1'000'000 * nodes.size()));
  }
  std::map<saga_id, std::size_t> seen;
  cursor at;
  const auto follow = [&] {
    at = nodes.front()->store().scan(at, 1'000, [&](const stored_record& one) { ++seen[one.saga]; });
  };
  const auto tried = [&] {
    return std::accumulate(writers.begin(), writers.end(), std::size_t{0},
                           [](std::size_t sum, const auto& one) { return sum + one->tried(); });
  };
  const auto has_something = [&](const std::string& address) {
    return ask("SELECT count(*) FROM sagad_partitions p JOIN sagad_nodes n ON p.owner = n.name WHERE n.address = '" +
               address + "' AND p.lease_until >= now()") != "0";
  };
  for (int turn = 0; turn < 12; ++turn) {
    const auto before = tried();
    const auto address = std::to_string(turn / 3 % nodes.size());
    std::unique_ptr<postgres_client> held_up;
    switch (turn % 3) {
      case 0:
        ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'sagad %' "
            "AND random() < 0.7");
        break;
      case 1: held_up = hold_up(address); break;
      default: ask("UPDATE sagad_nodes SET seen = now() - interval '1 hour' WHERE address = '" + address + "'");
    }
    EXPECT_TRUE(eventually([&] {
      follow();
      return tried() > before + 10 && (held_up == nullptr || !has_something(address));
    }));
  }
  std::vector<saga_id> durable;
  for (auto& one : writers) {
    const auto some = one->end();
    durable.insert(durable.end(), some.begin(), some.end());
  }
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_records"), std::to_string(durable.size()));
  EXPECT_TRUE(eventually([&] {
    follow();
    return seen.size() == durable.size();
  })) << seen.size()
      << " of " << durable.size();
  for (const auto& of : durable) EXPECT_EQ(seen[of], 1U) << of.text();
  EXPECT_EQ(ask("SELECT count(*) FROM (SELECT epoch, place, lag(epoch) OVER w AS epoch_before, lag(place) OVER w AS "
                "place_before FROM sagad_records WINDOW w AS (PARTITION BY partition_id ORDER BY position)) AS "
                "in_order WHERE epoch < epoch_before OR place <= place_before"),
            "0");
}

TEST_F(postgres_shared, time_is_the_databases) {
  postgres_node node(settings_);
  const auto shown = [&] {
    return std::stoll(ask("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS INT8)"));
  };
  constexpr millis minute = 60'000;
  EXPECT_GT(node.store().now(), shown() - minute);
  const auto now = node.store().now();
  EXPECT_LT(now, shown() + minute);
  EXPECT_TRUE(eventually([&] { return node.store().now() > now; }));
}

}  // namespace
}  // namespace sagad::journal::tests

#include <atomic>
#include <optional>

#include "journal/postgres/events.hpp"
#include "journal/postgres/inbox.hpp"
#include "postgres_node.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/postgres_server.hpp"

namespace sagad::journal::tests {

using sagad::tests::postgres_client;
using sagad::tests::postgres_server;

namespace {

using sagad::tests::eventually;

class postgres_inbox : public testing::Test {
 protected:
  postgres_inbox() : schema_(postgres_server::the().fresh_schema()) {
    settings_.url = postgres_server::the().url(schema_);
    settings_.poll = std::chrono::milliseconds(20);
    settings_.lease = std::chrono::milliseconds(60'000);
    settings_.message_patience = std::chrono::milliseconds(3'600'000);
  }
  ~postgres_inbox() override {
    // They ask in another order than it is dropped in.
    one_.reset();
    two_.reset();
    postgres_server::the().drop_schema(schema_);
  }

  std::string ask(const std::string& sql) { return postgres_client(settings_.url).ask(sql); }
  void begin() {
    one_.emplace(settings_, "one");
    two_.emplace(settings_, "two");
    ASSERT_TRUE(eventually([&] { return one_->count() == 128 && two_->count() == 128; }));
  }
  saga_id of_two(std::uint64_t number = 1) { return saga(number, two_->has_all().front()); }

  std::string schema_;
  postgres::options settings_;
  std::optional<postgres_node> one_;
  std::optional<postgres_node> two_;
};

TEST_F(postgres_inbox, a_message_comes_to_the_owner_and_its_answer_back) {
  begin();
  post_one(one_->store(), {"command-1", of_two(), "do it"});
  ASSERT_TRUE(eventually([&] { return !two_->messages().empty(); }));
  EXPECT_EQ(two_->messages()[0].id, "command-1");
  EXPECT_EQ(two_->messages()[0].saga, of_two());
  EXPECT_EQ(two_->messages()[0].bytes, "do it");
  two_->store().answer({"command-1", "done"});
  ASSERT_TRUE(eventually([&] { return !one_->answers().empty(); }));
  EXPECT_EQ(one_->answers()[0].id, "command-1");
  EXPECT_EQ(one_->answers()[0].bytes, "done");
  // And nothing more: of what comes later nothing earlier is left.
  post_one(one_->store(), {"command-2", of_two(), "more"});
  ASSERT_TRUE(eventually([&] { return two_->messages().size() > 1; }));
  EXPECT_EQ(two_->messages()[1].id, "command-2");
  two_->store().answer({"command-2", "done, too"});
  ASSERT_TRUE(eventually([&] { return one_->answers().size() > 1; }));
  EXPECT_EQ(one_->answers()[1].id, "command-2");
  EXPECT_EQ(two_->messages().size(), 2U);
  EXPECT_TRUE(one_->messages().empty());
  EXPECT_TRUE(two_->answers().empty());
}

TEST_F(postgres_inbox, the_same_message_again_is_the_same_message) {
  begin();
  post_one(one_->store(), {"command-1", of_two(), "do it"});
  post_one(one_->store(), {"command-1", of_two(), "do it"});
  post_one(two_->store(), {"command-1", of_two(), "do it"});
  ASSERT_TRUE(eventually([&] { return !two_->messages().empty(); }));
  two_->store().answer({"command-1", "done"});
  two_->store().answer({"command-1", "done"});
  ASSERT_TRUE(eventually([&] { return one_->answers().size() == 1 && two_->answers().size() == 1; }))
      << "each who asked is told";
  post_one(one_->store(), {"command-1", of_two(), "do it"});
  ASSERT_TRUE(eventually([&] { return one_->answers().size() == 2; })) << "it was answered";
  EXPECT_EQ(one_->answers()[1].bytes, "done");
  EXPECT_EQ(two_->messages().size(), 1U);
}

TEST_F(postgres_inbox, what_is_not_answered_comes_to_the_next_owner) {
  begin();
  const auto of = of_two();
  post_one(one_->store(), {"command-1", of, "do it"});
  ASSERT_TRUE(eventually([&] { return two_->messages().size() == 1; }));
  two_.reset();
  ASSERT_TRUE(eventually([&] { return one_->messages().size() == 1; }));
  EXPECT_EQ(one_->messages()[0].saga, of);
  one_->store().answer({"command-1", "done"});
  EXPECT_TRUE(eventually([&] { return one_->answers().size() == 1; }));
}

TEST_F(postgres_inbox, what_was_posted_while_nobody_owned_the_partition_waits) {
  one_.emplace(settings_, "one");
  ASSERT_TRUE(eventually([&] { return one_->count() == partitions; }));
  ask("UPDATE sagad_partitions SET epoch = epoch + 1, owner = 'another', lease_until = now() + interval '1 hour' "
      "WHERE id = 3");
  ASSERT_EQ(one_->put(one_->make(saga(2, 3), 1)), result::not_owner) << "so it learns of the loss";
  post_one(one_->store(), {"command-1", saga(1, 3), "do it"});
  post_one(one_->store(), {"command-2", saga(1, 4), "do it"});
  ASSERT_TRUE(eventually([&] { return one_->messages().size() == 1; }));
  EXPECT_EQ(one_->messages()[0].id, "command-2");
  ask("UPDATE sagad_partitions SET owner = NULL, lease_until = NULL WHERE id = 3");
  ASSERT_TRUE(eventually([&] { return one_->messages().size() == 2; }));
  EXPECT_EQ(one_->messages()[1].id, "command-1");
}

TEST_F(postgres_inbox, what_is_not_answered_in_time_is_handed_on_again) {
  settings_.message_patience = std::chrono::milliseconds(50);
  begin();
  post_one(one_->store(), {"command-1", of_two(), "do it"});
  ASSERT_TRUE(eventually([&] { return two_->messages().size() >= 3; }));
  two_->store().answer({"command-1", "done"});
  ASSERT_TRUE(eventually([&] { return one_->answers().size() == 1; }));
  EXPECT_EQ(two_->messages()[2].id, "command-1");
}

TEST_F(postgres_inbox, many_are_kept_by_one_commit_and_handed_on_in_their_order) {
  begin();
  std::vector<message> all;
  std::vector<std::string> ids;
  for (std::uint64_t number = 0; number < 20; ++number) {
    ids.push_back("command-" + std::to_string(number * 7 % 20));
    all.push_back({ids.back(), of_two(number), "do it"});
  }
  for (const auto& refused : one_->store().post_all(all)) EXPECT_FALSE(refused);
  EXPECT_EQ(ask("SELECT count(*) || ' by ' || count(DISTINCT xmin::text) FROM sagad_messages"), "20 by 1");
  ASSERT_TRUE(eventually([&] { return two_->messages().size() == 20; }));
  std::vector<std::string> came;
  for (const auto& one : two_->messages()) came.push_back(one.id);
  EXPECT_EQ(came, ids);
  for (const auto& refused : two_->store().post_all(all)) EXPECT_FALSE(refused) << "the same are the same";
  for (const auto& id : ids) two_->store().answer({id, "done"});
  EXPECT_TRUE(eventually([&] { return one_->answers().size() == 20 && two_->answers().size() == 20; }));
  EXPECT_EQ(two_->messages().size(), 20U);
}

TEST_F(postgres_inbox, of_many_those_are_refused_that_cannot_be_kept_and_no_others) {
  settings_.messages_max = 2;
  begin();
  const auto other = saga(1, two_->has_all().back());
  post_one(one_->store(), {"command-0", of_two(), "do it"});
  const auto refused =
      one_->store().post_all({{"command-1", of_two(), std::string(postgres::message_bytes_max + 1, 'b')},
                              {"command-2", of_two(), "do it"},
                              {"command-3", of_two(), "do it"},
                              {"command-4", other, "do it"},
                              {"", other, "do it"},
                              {"command-5", other, "do it"}});
  std::string told;
  for (const auto& one : refused) told += !one ? "kept " : one->too_large ? "too large " : "too many ";
  EXPECT_EQ(told, "too large kept too many kept too large kept ");
  EXPECT_EQ(ask("SELECT string_agg(id, ' ' ORDER BY posted) FROM sagad_messages"),
            "command-0 command-2 command-4 command-5");
}

TEST_F(postgres_inbox, what_was_answered_long_ago_is_removed) {
  settings_.message_kept = std::chrono::milliseconds(100);
  begin();
  post_one(one_->store(), {"command-1", of_two(), "do it"});
  ASSERT_TRUE(eventually([&] { return two_->messages().size() == 1; }));
  two_->store().answer({"command-1", "done"});
  EXPECT_TRUE(eventually([&] { return ask("SELECT count(*) FROM sagad_messages") == "0"; }));
}

TEST_F(postgres_inbox, too_many_and_too_large_are_refused_by_name) {
  settings_.messages_max = 2;
  begin();
  for (const auto* id : {"command-1", "command-2"}) post_one(one_->store(), {id, of_two(), "do it"});
  try {
    post_one(one_->store(), {"command-3", of_two(), "do it"});
    ADD_FAILURE() << "it was kept";
  } catch (const std::runtime_error& refused) {
    EXPECT_EQ(std::string(refused.what()),
              "2 messages for partition " + std::to_string(of_two().partition()) + " wait for its owner already");
  }
  post_one(one_->store(), {"command-2", of_two(), "do it"});
  post_one(one_->store(), {"command-3", saga(1, one_->has_all().front()), "do it"});
  EXPECT_THROW(post_one(one_->store(), {"", of_two(), "do it"}), std::length_error);
  EXPECT_THROW(post_one(one_->store(), {std::string(257, 'i'), of_two(), "do it"}), std::length_error);
  EXPECT_THROW(post_one(one_->store(), {"command-4", of_two(), std::string(postgres::message_bytes_max + 1, 'b')}),
               std::length_error);
  post_one(one_->store(),
           {"command-5", saga(1, one_->has_all().front()), std::string(postgres::message_bytes_max, 'b')});
  two_->store().answer({"command-1", "done"});
  ASSERT_TRUE(eventually([&] { return !one_->answers().empty(); }));
  post_one(one_->store(), {"command-6", of_two(), "do it"});
}

TEST_F(postgres_inbox, the_newest_message_of_a_saga_is_found_by_an_index) {
  begin();
  const auto of = of_two();
  for (const auto* id : {"command-1.1", "command-1.2", "command-2.1"}) post_one(one_->store(), {id, of, "do it"});
  two_->store().answer({"command-1.2", "done"});
  ASSERT_TRUE(eventually([&] {
    const auto found = one_->store().find_posted(of, "command-1.");
    return found && found->answer == "done";
  }));
  EXPECT_FALSE(one_->store().find_posted(of, "command-2.")->answer);
  EXPECT_FALSE(one_->store().find_posted(of, "command-3."));
  one_->close();
  EXPECT_TRUE(eventually([&] {
    return ask("SELECT idx_scan > 0 FROM pg_stat_user_indexes WHERE schemaname = '" + schema_ +
               "' AND indexrelname = 'sagad_messages_saga'") == "t";
  })) << "a session tells what it has read when it ends";
}

TEST_F(postgres_inbox, what_could_not_be_kept_is_not_waited_for) {
  settings_.read_patience = std::chrono::milliseconds(20);
  begin();
  const auto to = of_two();
  auto& server = postgres_server::the();
  server.fall();
  constexpr int more_than_may_wait = 10'001;
  for (int number = 0; number < more_than_may_wait; ++number) {
    EXPECT_THROW(post_one(one_->store(), {"lost-" + std::to_string(number), to, "do it"}), std::runtime_error);
  }
  server.start();
  EXPECT_TRUE(eventually([&] {
    try {
      post_one(one_->store(), {"kept", to, "do it"});
      return true;
    } catch (const std::runtime_error& refused) {
      EXPECT_THAT(refused.what(), testing::Not(testing::HasSubstr("too many")));
      return false;  // the database is still on its way
    }
  }));
  EXPECT_TRUE(eventually([&] { return !two_->messages().empty(); }));
}

/// What an inbox has told.
struct told_by_inbox final : ownership_listener {
  void taken(taken_partition) override {}
  void wanted_back(partition_no) override {}
  void lost(partition_no) override {}
  void arrived(message message) override { ids.push_back(message.id); }
  void answered(message_answer answer) override { ids.push_back("answer of " + answer.id); }
  void definitions_changed() override { all = true; }

  std::vector<std::string> ids;
  std::atomic<bool> all = false;
};

/// An inbox whose turns come when they are wanted. Of all partitions 0 is its own.
class postgres_inbox_turns : public postgres_inbox {
 protected:
  postgres_inbox_turns() {
    settings_.lease = std::chrono::hours(1);
    one_.emplace(settings_, "one");
    EXPECT_TRUE(eventually([&] { return one_->count() == partitions; }));
    one_.reset();
  }

  void open() {
    lease_.emplace(settings_);
    lease_->hold({mine_}, postgres::boottime());
    inbox_.emplace(settings_, pool_, *lease_, "channel");
    database_.emplace(postgres::login_of(settings_, "node"));
  }
  /// What one turn has told.
  std::vector<std::string> turn() {
    told_by_inbox heard;
    postgres::events to(heard);
    to.taken({mine_.partition, mine_.epoch, 0, 0, {}});
    inbox_->look(*database_, {mine_}, to);
    to.definitions_changed();
    EXPECT_TRUE(eventually([&] { return heard.all.load(); }));
    to.stop();
    return heard.ids;
  }
  void post(const std::string& id, std::size_t bytes) {
    EXPECT_FALSE(inbox_->post_all({{id, saga(1, 0), std::string(bytes, 'b')}}).front());
  }
  void keep_answered(int count) {
    ask("INSERT INTO sagad_messages (id, partition_id, saga, posted, bytes, answer, answered) "
        "SELECT 'old-' || n, 0, '', now() - interval '1 day', '', '', now() - interval '1 day' "
        "FROM generate_series(1, " +
        std::to_string(count) + ") AS all_of_them (n)");
  }
  std::string kept() { return ask("SELECT count(*) FROM sagad_messages"); }

  postgres::held_partition mine_{0, 1};
  postgres::pool pool_{settings_};
  std::optional<postgres::lease> lease_;
  std::optional<postgres::inbox> inbox_;
  std::optional<postgres::connection> database_;
};

TEST_F(postgres_inbox_turns, what_one_reads_is_bounded_by_bytes_and_not_below_one_message) {
  using ids = std::vector<std::string>;
  settings_.batch_bytes_max = 100;
  open();
  post("1", 60);
  post("2", 40);
  post("3", 150);
  post("4", 1);
  EXPECT_EQ(turn(), (ids{"1", "2"}));
  EXPECT_EQ(turn(), ids{"3"}) << "too large, but somebody must have it";
  EXPECT_EQ(turn(), ids{"4"});
  ask("UPDATE sagad_messages SET answer = bytes, answered = now()");
  EXPECT_EQ(turn(), (ids{"answer of 1", "answer of 2"}));
  EXPECT_EQ(turn(), ids{"answer of 3"});
  EXPECT_EQ(turn(), ids{"answer of 4"});
  EXPECT_EQ(turn(), ids{});
}

TEST_F(postgres_inbox_turns, nothing_is_posted_by_who_trusts_none_of_his_leases) {
  open();
  lease_->hold({mine_}, postgres::boottime() - 2 * settings_.lease);
  EXPECT_THROW(post("1", 1), unreachable);
  EXPECT_EQ(kept(), "0");
  lease_->hold({mine_}, postgres::boottime());
  post("1", 1);
  EXPECT_EQ(turn(), std::vector<std::string>{"1"});
  EXPECT_TRUE(lease_->drop(mine_));
  post("2", 1);
  EXPECT_EQ(kept(), "2") << "who has nothing yet asks those who have";
}

TEST_F(postgres_inbox_turns, what_was_answered_long_ago_goes_piece_by_piece) {
  open();
  keep_answered(1'100);
  for (const auto* left : {"588", "76", "0"}) {
    turn();
    EXPECT_EQ(kept(), left);
  }
  keep_answered(1);
  turn();
  EXPECT_EQ(kept(), "1") << "it is not looked for in each turn";
}

TEST_F(postgres_inbox_turns, what_cannot_be_removed_keeps_nobody_waiting_and_is_tried_with_fewer) {
  settings_.message_kept = std::chrono::milliseconds(1'000);
  open();
  keep_answered(200);
  ask("CREATE FUNCTION too_many() RETURNS trigger AS $$ BEGIN "
      "IF (SELECT count(*) FROM gone) > 50 THEN RAISE EXCEPTION 'too many' USING ERRCODE = 'query_canceled'; END IF; "
      "RETURN NULL; END $$ LANGUAGE plpgsql");
  ask("CREATE TRIGGER too_many AFTER DELETE ON sagad_messages REFERENCING OLD TABLE AS gone FOR EACH STATEMENT "
      "EXECUTE FUNCTION too_many()");
  post("1", 1);
  EXPECT_EQ(turn(), std::vector<std::string>{"1"});
  EXPECT_EQ(kept(), "201");
  EXPECT_TRUE(eventually([&] {
    turn();
    return kept() == "1";
  }));
}

}  // namespace
}  // namespace sagad::journal::tests

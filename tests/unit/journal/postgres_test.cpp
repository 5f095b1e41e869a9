#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "journal/postgres/migrations.hpp"
#include "journal/postgres/nodes.hpp"
#include "postgres_subject.hpp"
#include "tests/support/eventually.hpp"

namespace sagad::journal::tests {
namespace {

using sagad::tests::eventually;

/// The first session of that purpose that waits for something, and for what; empty: none does.
std::string waiting_for(const std::string& purpose, const std::string& schema_url) {
  return postgres_client(schema_url)
      .ask(
          "SELECT coalesce(min(pid::text || ' ' || wait_event_type || ' ' || wait_event), '') FROM pg_stat_activity "
          "WHERE application_name = 'sagad " +
          purpose + "' AND state = 'active' AND wait_event IS NOT NULL");
}

/// A setting that the server has for so long.
class changed_setting {
 public:
  changed_setting(std::string name, const std::string& value) : name_(std::move(name)) {
    postgres_server::the().set(name_, value);
  }
  ~changed_setting() { undo(); }
  changed_setting(const changed_setting&) = delete;
  changed_setting& operator=(const changed_setting&) = delete;

  void undo() {
    if (!name_.empty()) postgres_server::the().set(std::exchange(name_, {}), "");
  }

 private:
  std::string name_;
};

class postgres_journal : public testing::Test {
 protected:
  postgres::store& store() { return subject_.store(); }
  postgres_node& node() { return subject_.node(); }
  std::string ask(const std::string& sql) { return subject_.ask(sql); }
  bool owns(partition_no partition) { return store().owns(partition, subject_.epoch(partition)); }

  entry make(const saga_id& of, std::uint32_t seq, std::string_view bytes = "bytes") {
    return node().make(of, seq, bytes);
  }
  result put(const entry& entry) { return node().put(entry); }
  /// The pid of the writer's session when it waits for that.
  std::string pid_of_writer_waiting(const std::string& event) {
    std::string found;
    const bool waits = eventually([&] {
      found = waiting_for("writer", subject_.settings().url);
      return found.find(' ' + event) != std::string::npos;
    });
    EXPECT_TRUE(waits) << found;
    return found.substr(0, found.find(' '));
  }
  void expect_once(const saga_id& of, std::size_t records) {
    const auto found = store().read(of);
    ASSERT_EQ(found.size(), records);
    for (std::uint32_t at = 0; at < records; ++at) EXPECT_EQ(found[at].seq, at + 1);
    std::size_t scanned = 0;
    store().scan(store().oldest(), 1'000'000, [&](const stored_record& one) { scanned += one.saga == of ? 1 : 0; });
    EXPECT_EQ(scanned, records);
  }

  void reopen_and_hear() {
    subject_.settings().tell = [this](const std::string& line) {
      const std::lock_guard lock(told_mutex_);
      told_ += line + '\n';
    };
    subject_.reopen();
  }
  bool was_told(const char* what) {
    const std::lock_guard lock(told_mutex_);
    return told_.find(what) != std::string::npos;
  }

  std::mutex told_mutex_;
  std::string told_;
  postgres_subject subject_;
};

TEST_F(postgres_journal, a_table_that_somebody_has_locked_is_not_waited_for_and_nothing_is_damaged_by_it) {
  ASSERT_EQ(put(make(saga(1), 1)), result::durable);
  postgres_client other(subject_.settings().url);
  other.ask("BEGIN");
  other.ask("LOCK TABLE sagad_records");
  EXPECT_THROW(store().read(saga(1)), unreachable);
  EXPECT_THROW(store().scan(store().oldest(), 1, [](const stored_record&) {}), unreachable);
  other.ask("COMMIT");
  EXPECT_EQ(store().read(saga(1)).size(), 1U);
}

TEST_F(postgres_journal, that_has_no_room_for_what_is_under_way_says_so_until_it_has) {
  ASSERT_EQ(put(make(saga(1), 1)), result::durable);
  ask("CREATE FUNCTION no_room() RETURNS trigger AS $$ BEGIN "
      "RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$ LANGUAGE plpgsql");
  ask("CREATE TRIGGER no_room BEFORE INSERT ON sagad_records FOR EACH ROW EXECUTE FUNCTION no_room()");
  lane one(store());
  const auto last = one.appender().append(make(saga(1), 2));
  one.appender().submit(false);
  EXPECT_TRUE(eventually([&] { return store().measured().waits_for_room; })) << "starts would wait behind it";
  EXPECT_EQ(store().measured().why_full.find("the database has no room: "), 0U) << store().measured().why_full;
  ask("DROP TRIGGER no_room ON sagad_records");
  EXPECT_TRUE(one.wait(last).empty());
  EXPECT_FALSE(store().measured().waits_for_room);
  EXPECT_FALSE(store().measured().full);
}

TEST_F(postgres_journal, nothing_is_asked_of_another_journal_that_has_got_its_place) {
  subject_.settings().read_patience = std::chrono::milliseconds(50);
  reopen_and_hear();
  ASSERT_EQ(put(make(saga(1), 1)), result::durable);
  const auto identity = ask("SELECT value FROM sagad_meta WHERE name = 'identity'");
  ask("UPDATE sagad_meta SET value = '1' WHERE name = 'identity'");
  ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'sagad %'");
  EXPECT_THROW(store().read(saga(1)), unreachable);
  lane one(store());
  const auto last = one.appender().append(make(saga(1), 2));
  one.appender().submit(false);
  EXPECT_TRUE(eventually([&] { return store().measured().why_full.find("another journal") != std::string::npos; }));
  EXPECT_TRUE(eventually([&] { return was_told("has another journal than the one that this process has opened"); }));
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_records"), "1");
  ask("UPDATE sagad_meta SET value = '" + identity + "' WHERE name = 'identity'");
  EXPECT_TRUE(one.wait(last).empty());
  EXPECT_TRUE(eventually([&] { return owns(0); }));
}

TEST_F(postgres_journal, what_is_given_back_at_the_end_is_free_at_once) {
  subject_.close();
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_partitions WHERE owner IS NOT NULL OR lease_until IS NOT NULL"), "0");
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_nodes"), "0");
  EXPECT_EQ(subject_.open(), "");
}

TEST_F(postgres_journal, a_lease_that_is_renewed_is_nobody_elses_for_longer_than_it_was_taken) {
  subject_.settings().lease = std::chrono::milliseconds(2'000);
  subject_.settings().poll = std::chrono::milliseconds(20);
  subject_.reopen();
  node().keep_what_is_wanted();
  const auto over = ask("SELECT max(lease_until) FROM sagad_partitions");
  postgres_node other(subject_.settings(), "other");
  ASSERT_TRUE(eventually([&] { return node().wanted_count() == partitions / 2; })) << "the other is there";
  ASSERT_TRUE(eventually([&] { return ask("SELECT now() > '" + over + "'") == "t"; }));
  // What is free it takes, and nothing else.
  ask("UPDATE sagad_partitions SET epoch = epoch + 1, owner = NULL, lease_until = NULL WHERE id = 255");
  ASSERT_TRUE(eventually([&] { return other.has(255); }));
  EXPECT_EQ(other.count(), 1U);
  EXPECT_TRUE(eventually([&] { return node().lost_all() == std::vector<partition_no>{255}; }));
}

TEST_F(postgres_journal, the_lease_of_who_was_killed_is_waited_for_and_his_epoch_raised) {
  const auto epoch = subject_.epoch(0);
  ASSERT_EQ(put(make(saga(1), 1)), result::durable);
  subject_.close();
  // As he leaves it who is killed.
  ask("UPDATE sagad_partitions SET owner = 'one who was killed', lease_until = now() + interval '300 milliseconds'");
  ASSERT_EQ(subject_.open(), "");
  EXPECT_GT(subject_.epoch(0), epoch);
  EXPECT_EQ(node().taken_as(0).last_position, 1U);
}

TEST_F(postgres_journal, each_partition_is_taken_under_the_epoch_above_its_own) {
  subject_.close();
  ask("UPDATE sagad_partitions SET epoch = 1000 + id");
  ASSERT_EQ(subject_.open(), "");
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_partitions WHERE epoch = 1001 + id"), "256");
  for (partition_no partition = 0; partition < partitions; ++partition) {
    EXPECT_EQ(subject_.epoch(partition), 1'001U + partition);
  }
  EXPECT_EQ(put(make(saga(1, 7), 1)), result::durable);
}

TEST_F(postgres_journal, what_the_old_owner_appends_after_a_take_over_is_not_written) {
  subject_.settings().poll = std::chrono::hours(1);
  subject_.settings().lease = std::chrono::hours(1);
  subject_.reopen();
  ASSERT_EQ(put(make(saga(1), 1)), result::durable);
  // His leases are over by the database's clock, nobody takes him for there, and he does not know it.
  ask("UPDATE sagad_nodes SET seen = now() - interval '2 hours'");
  ask("UPDATE sagad_partitions SET lease_until = now() - interval '1 second'");
  auto settings = subject_.settings();
  settings.poll = std::chrono::milliseconds(20);
  postgres_node other(settings);
  ASSERT_TRUE(eventually([&] { return other.count() == partitions; }));
  EXPECT_GT(other.taken_as(0).epoch, subject_.epoch(0));
  EXPECT_EQ(other.taken_as(0).last_position, 1U);
  EXPECT_TRUE(owns(0)) << "he has not heard of it";
  const named_start name("order-1", "request", "canonical");
  auto start = make(saga(2), 1);
  start.key = &name.key;
  EXPECT_EQ(put(start), result::not_owner);
  EXPECT_EQ(put(make(saga(1), 2)), result::not_owner);
  EXPECT_EQ(put(make(saga(3, 9), 1)), result::not_owner);
  EXPECT_EQ(other.store().read(saga(1)).size(), 1U);
  EXPECT_FALSE(other.store().has(saga(2)));
  EXPECT_FALSE(other.store().find_key("order-1", first_time));
}

TEST_F(postgres_journal, an_append_that_waits_for_a_take_over_is_not_written) {
  // Somebody else takes one partition over, in a transaction that the append waits for.
  postgres_client other(subject_.settings().url);
  other.ask("BEGIN");
  other.ask("UPDATE sagad_partitions SET epoch = epoch + 1, owner = 'another' WHERE id = 3");
  lane one(store());
  one.appender().append(make(saga(1, 3), 1));
  const auto last = one.appender().append(make(saga(2, 4), 1));
  one.appender().submit(false);
  pid_of_writer_waiting("Lock");
  other.ask("COMMIT");
  const auto told = one.wait(last);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].ticket, 1U);
  EXPECT_EQ(told[0].result, result::not_owner);
  EXPECT_FALSE(store().has(saga(1, 3)));
  EXPECT_TRUE(store().has(saga(2, 4))) << "the other partitions of the batch are written";
  EXPECT_EQ(put(make(saga(5, 3), 1)), result::not_owner);
}

TEST_F(postgres_journal, a_lease_that_cannot_be_renewed_is_not_trusted_and_goes_on_when_nobody_took_it) {
  subject_.settings().lease = std::chrono::milliseconds(300);
  subject_.reopen();
  ASSERT_TRUE(eventually([&] { return owns(0); }));
  postgres_client other(subject_.settings().url);
  other.ask("BEGIN");
  other.ask("SELECT id FROM sagad_partitions FOR UPDATE");
  ASSERT_TRUE(eventually([&] { return !owns(0); }));
  EXPECT_TRUE(eventually([&] { return store().measured().full && !store().measured().why_full.empty(); }));
  other.ask("COMMIT");
  ASSERT_TRUE(eventually([&] { return owns(0); }));
  EXPECT_EQ(put(make(saga(1), 1)), result::durable);
  EXPECT_TRUE(eventually([&] { return !store().measured().full; }));
}

TEST_F(postgres_journal, a_partition_whose_row_somebody_has_locked_costs_that_one_alone) {
  subject_.settings().lease = std::chrono::milliseconds(2'000);
  reopen_and_hear();
  postgres_client other(subject_.settings().url);
  other.ask("BEGIN");
  other.ask("UPDATE sagad_partitions SET epoch = epoch + 1, owner = 'another' WHERE id = 7");
  // Whoever is appended to at each moment is renewed all the same.
  std::atomic<bool> done = false;
  std::thread load([&] {
    for (std::uint32_t seq = 1; !done; ++seq) EXPECT_EQ(put(make(saga(1, 9), seq)), result::durable);
  });
  EXPECT_TRUE(eventually([&] { return ask("SELECT lease_until < now() FROM sagad_partitions WHERE id = 7") == "t"; }));
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_partitions WHERE lease_until < now()"), "1");
  EXPECT_FALSE(owns(7));
  EXPECT_TRUE(eventually([&] { return owns(0) && owns(9) && owns(255); }));
  EXPECT_FALSE(store().measured().full) << "starts go on in the others";
  other.ask("ROLLBACK");
  done = true;
  load.join();
  EXPECT_TRUE(eventually([&] { return owns(7); })) << "nobody has taken it";
  EXPECT_TRUE(node().lost_all().empty());
  EXPECT_EQ(put(make(saga(2, 7), 1)), result::durable);
  subject_.close();
  EXPECT_TRUE(was_told("of its partitions, one is 7")) << told_;
}

TEST_F(postgres_journal, what_another_took_is_lost_also_while_its_row_is_locked) {
  subject_.settings().lease = std::chrono::milliseconds(300);
  subject_.reopen();
  ask("UPDATE sagad_partitions SET epoch = epoch + 1, owner = 'another', lease_until = now() + interval '1 hour' "
      "WHERE id = 7");
  postgres_client other(subject_.settings().url);
  other.ask("BEGIN");
  other.ask("SELECT id FROM sagad_partitions WHERE id = 7 FOR UPDATE");
  EXPECT_TRUE(eventually([&] { return node().lost_all() == std::vector<partition_no>{7}; }));
  EXPECT_TRUE(eventually([&] { return owns(8); }));
}

TEST_F(postgres_journal, a_renewal_that_comes_late_does_not_shorten_the_lease) {
  subject_.settings().lease = std::chrono::milliseconds(2'000);
  subject_.reopen();
  // In the place of the next renewal, which is done while one that began before it waits.
  postgres_client other(subject_.settings().url);
  other.ask("BEGIN");
  other.ask("UPDATE sagad_partitions SET lease_until = now() + interval '1 hour'");
  ASSERT_TRUE(
      eventually([&] { return waiting_for("lease", subject_.settings().url).find(" Lock") != std::string::npos; }));
  other.ask("COMMIT");
  ASSERT_TRUE(eventually([&] {
    return ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sagad lease' AND state = 'idle'") ==
           "1";
  }));
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_partitions WHERE lease_until > now() + interval '30 minutes'"), "256");
}

TEST_F(postgres_journal, a_taking_that_comes_late_does_not_shorten_the_lease) {
  subject_.close();
  postgres::connection late(postgres::login_of(subject_.settings(), "late"));
  postgres::enter(late, "a node", "", newest_record_format());
  late.run_all("BEGIN; SELECT now()");
  // The node has them by another statement meanwhile, and has renewed them.
  ask("UPDATE sagad_partitions SET owner = 'a node', lease_until = now() + interval '1 hour'");
  EXPECT_EQ(postgres::take_partitions(late, "a node", 1, subject_.settings().lease, {}).size(), 1U);
  late.run_all("COMMIT");
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_partitions WHERE lease_until > now() + interval '30 minutes'"), "256");
}

TEST_F(postgres_journal, a_lease_that_another_took_is_lost_without_an_append) {
  subject_.settings().lease = std::chrono::milliseconds(300);
  subject_.reopen();
  ask("UPDATE sagad_partitions SET epoch = epoch + 1, owner = 'another', lease_until = now() + interval '1 hour'");
  ASSERT_TRUE(eventually([&] { return node().lost_all().size() == partitions; }));
  EXPECT_FALSE(owns(0));
  EXPECT_EQ(put(make(saga(1), 1)), result::not_owner);
}

TEST_F(postgres_journal, a_batch_whose_session_ends_before_it_is_written_is_sent_again) {
  postgres_client other(subject_.settings().url);
  other.ask("BEGIN");
  other.ask("SELECT id FROM sagad_partitions WHERE id = 0 FOR UPDATE");
  const named_start name("order-1", "request", "canonical");
  lane one(store());
  auto start = make(saga(1), 1);
  start.key = &name.key;
  one.appender().append(start);
  const auto last = one.appender().append(make(saga(1), 2));
  one.appender().submit(false);
  const auto pid = pid_of_writer_waiting("Lock");
  other.ask("SELECT pg_terminate_backend(" + pid + ")");
  ASSERT_TRUE(eventually([&] { return pid_of_writer_waiting("Lock") != pid; }));
  EXPECT_EQ(other.ask("SELECT count(*) FROM sagad_records"), "0");
  other.ask("COMMIT");
  EXPECT_TRUE(one.wait(last).empty());
  expect_once(saga(1), 2);
  EXPECT_EQ(store().find_key("order-1", first_time)->saga, saga(1));
}

TEST_F(postgres_journal, a_batch_whose_session_ends_after_it_was_written_is_found_there) {
  // A commit that waits for a standby that there is not has been written, and is not answered.
  changed_setting standbys("synchronous_standby_names", "nobody");
  lane one(store());
  std::uint64_t number = 0;
  ticket last = 0;
  std::vector<exception> told;
  // The server heeds the setting from some moment on; what it commits before is answered.
  const bool waits = eventually([&] {
    if (one.appender().settled(told) == last) {
      const named_start name("order-" + std::to_string(++number), "request", "canonical");
      auto start = make(saga(number), 1);
      start.key = &name.key;
      one.appender().append(start);
      last = one.appender().append(make(saga(number), 2));
      one.appender().submit(false);
    }
    return waiting_for("writer", subject_.settings().url).find(" SyncRep") != std::string::npos;
  });
  ASSERT_TRUE(waits);
  const auto pid = pid_of_writer_waiting("SyncRep");
  const auto records = std::to_string(2 * number);
  ask("SELECT pg_terminate_backend(" + pid + ")");
  EXPECT_TRUE(eventually([&] { return ask("SELECT count(*) FROM sagad_records") == records; })) << "it is written";
  EXPECT_TRUE(eventually([&] { return pid_of_writer_waiting("SyncRep") != pid; })) << "it is sent again";
  standbys.undo();
  EXPECT_TRUE(one.wait(last).empty()) << "not a duplicate of its own key";
  EXPECT_TRUE(told.empty());
  expect_once(saga(number), 2);
  EXPECT_EQ(put(make(saga(number), 3)), result::durable);
  expect_once(saga(number), 3);
}

TEST_F(postgres_journal, a_server_that_falls_under_load_loses_nothing_and_doubles_nothing) {
  constexpr std::uint64_t sagas = 4;
  std::atomic<bool> done = false;
  std::atomic<std::uint32_t> settled = 0;
  std::thread load([&] {
    lane one(store());
    for (std::uint32_t seq = 1; !done; ++seq) {
      ticket last = 0;
      for (std::uint64_t number = 1; number <= sagas; ++number) {
        last = one.appender().append(make(saga(number, static_cast<partition_no>(number)), seq));
      }
      EXPECT_TRUE(one.commit(last).empty());
      settled = seq;
    }
  });
  for (int fall = 0; fall < 3; ++fall) {
    const auto before = settled.load();
    EXPECT_TRUE(eventually([&] { return settled > before + 20; }));
    postgres_server::the().restart();
  }
  const auto before = settled.load();
  EXPECT_TRUE(eventually([&] { return settled > before + 20; }));
  done = true;
  load.join();
  for (std::uint64_t number = 1; number <= sagas; ++number) {
    expect_once(saga(number, static_cast<partition_no>(number)), settled);
  }
  subject_.reopen();
  EXPECT_EQ(store().measured().live_sagas, sagas);
  for (std::uint64_t number = 1; number <= sagas; ++number) {
    expect_once(saga(number, static_cast<partition_no>(number)), settled);
  }
}

TEST_F(postgres_journal, a_position_that_somebody_else_has_counted_is_not_taken_from_him) {
  ASSERT_EQ(put(make(saga(1), 1, "his")), result::durable);
  auto same_place = make(saga(2), 1, "mine");
  same_place.position = 1;
  EXPECT_EQ(put(same_place), result::not_owner);
  EXPECT_EQ(store().read(saga(1)).at(0).bytes, "his");
  EXPECT_FALSE(store().has(saga(2)));
}

TEST_F(postgres_journal, who_begins_and_ends_at_once_is_never_written_among_the_live) {
  subject_.settings().live_written_every = std::chrono::hours(1);
  subject_.reopen();
  ASSERT_EQ(put(make(saga(1), 1)), result::durable);
  auto end = make(saga(1), 2);
  end.final = true;
  ASSERT_EQ(put(end), result::durable);
  ASSERT_EQ(put(make(saga(2), 1)), result::durable);
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_live_sagas"), "0");
  subject_.reopen();
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_live_sagas"), "1");
  ASSERT_EQ(subject_.live().size(), 1U);
  EXPECT_EQ(subject_.live().front().saga, saga(2));
}

TEST_F(postgres_journal, who_lives_is_written_while_it_is_open) {
  subject_.settings().live_written_every = std::chrono::milliseconds(1);
  subject_.reopen();
  ASSERT_EQ(put(make(saga(1), 1)), result::durable);
  EXPECT_TRUE(eventually([&] { return ask("SELECT count(*) FROM sagad_live_sagas") == "1"; }));
  auto end = make(saga(1), 2);
  end.final = true;
  ASSERT_EQ(put(end), result::durable);
  EXPECT_TRUE(eventually([&] { return ask("SELECT count(*) FROM sagad_live_sagas") == "0"; }));
}

TEST_F(postgres_journal, who_lives_is_written_as_soon_as_the_database_takes_it_and_until_then_that_is_told_once) {
  std::atomic<int> told = 0;
  subject_.settings().live_written_every = std::chrono::milliseconds(1);
  subject_.settings().tell = [&](const std::string& line) {
    told += line.find("does not take who lives") != std::string::npos ? 1 : 0;
  };
  subject_.reopen();
  ask("ALTER TABLE sagad_live_sagas RENAME TO hidden");
  for (std::uint32_t seq = 1; seq <= 3; ++seq) ASSERT_EQ(put(make(saga(1), seq)), result::durable);
  EXPECT_TRUE(eventually([&] { return told == 1; }));
  ask("ALTER TABLE hidden RENAME TO sagad_live_sagas");
  EXPECT_TRUE(eventually([&] { return ask("SELECT count(*) FROM sagad_live_sagas") == "1"; }));
  EXPECT_EQ(told, 1);
  subject_.close();
}

// As it is when its writer was killed.
TEST_F(postgres_journal, an_opening_reads_who_lives_from_the_records_since_it_was_written) {
  ASSERT_EQ(put(make(saga(1), 1)), result::durable);
  subject_.reopen();
  const auto told = ask("SELECT live_position FROM sagad_partitions WHERE id = " + std::to_string(saga(1).partition()));
  auto end = make(saga(1), 2);
  end.final = true;
  ASSERT_EQ(put(end), result::durable);
  auto waits = make(saga(2), 1);
  waits.due = 77;
  ASSERT_EQ(put(waits), result::durable);
  subject_.close();
  ask("UPDATE sagad_partitions SET live_position = " + told);
  ask("DELETE FROM sagad_live_sagas");
  ask("INSERT INTO sagad_live_sagas (saga, partition_id) SELECT saga, partition_id FROM sagad_records WHERE seq = 2");
  ASSERT_EQ(subject_.open(), "");
  ASSERT_EQ(subject_.live().size(), 1U);
  EXPECT_EQ(subject_.live().front().saga, saga(2));
  EXPECT_EQ(subject_.live().front().due, 77);
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_live_sagas"), "1") << "and the table says so again";
}

TEST_F(postgres_journal, positions_and_times_rise_when_all_that_had_them_is_freed) {
  auto end = make(saga(1, 5), 1);
  end.position = 77;
  end.final = true;
  ASSERT_EQ(put(end), result::durable);
  const auto cursor_before = store().end();
  while (store().trim(first_time + kept.history)) {
  }
  EXPECT_FALSE(store().has(saga(1, 5)));
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_records"), "0");
  subject_.reopen();
  EXPECT_EQ(store().opened().last_position[5], 77U);
  EXPECT_EQ(node().taken_as(5).last_position, 77U);
  EXPECT_EQ(node().taken_as(5).last_time, first_time);
  EXPECT_EQ(store().opened().last_time, first_time);
  EXPECT_EQ(store().end(), cursor_before);
  EXPECT_EQ(store().oldest(), cursor_before);
}

TEST_F(postgres_journal, nothing_is_freed_by_who_has_lost_the_partitions) {
  auto end = make(saga(1), 1);
  end.final = true;
  ASSERT_EQ(put(end), result::durable);
  ask("UPDATE sagad_partitions SET epoch = epoch + 1, owner = 'another'");
  EXPECT_TRUE(store().trim(first_time + kept.history)) << "it is to be looked again";
  EXPECT_FALSE(store().trim(first_time + kept.history));
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_records"), "1");
}

TEST_F(postgres_journal, what_takes_too_long_to_free_is_freed_in_smaller_pieces) {
  for (std::uint64_t number = 1; number <= 40; ++number) {
    auto end = make(saga(number, static_cast<partition_no>(number)), 1);
    end.final = true;
    ASSERT_EQ(put(end), result::durable);
  }
  ask("CREATE TABLE given (time TEXT)");
  ask("CREATE FUNCTION too_slow() RETURNS trigger AS $$ BEGIN "
      "IF (SELECT count(*) FROM gone) > 5 THEN RAISE EXCEPTION 'too slow' USING ERRCODE = 'query_canceled'; END IF; "
      "INSERT INTO given VALUES (current_setting('statement_timeout') || ' ' || "
      "current_setting('idle_in_transaction_session_timeout')); RETURN NULL; END $$ LANGUAGE plpgsql");
  ask("CREATE TRIGGER too_slow AFTER DELETE ON sagad_records REFERENCING OLD TABLE AS gone FOR EACH STATEMENT "
      "EXECUTE FUNCTION too_slow()");
  while (store().trim(first_time + kept.history)) {
  }
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_records"), "0");
  EXPECT_EQ(ask("SELECT string_agg(DISTINCT time, '; ') FROM given"), "500ms 500ms")
      << "nobody waits for one for longer, also when this process stands still";
}

TEST_F(postgres_journal, a_single_saga_that_takes_too_long_to_free_is_given_more_time) {
  auto end = make(saga(1), 1);
  end.final = true;
  ASSERT_EQ(put(end), result::durable);
  ask("CREATE FUNCTION too_slow() RETURNS trigger AS $$ BEGIN "
      "IF current_setting('statement_timeout') <> '4s' THEN RAISE EXCEPTION 'too slow' USING ERRCODE = "
      "'query_canceled'; END IF; RETURN NULL; END $$ LANGUAGE plpgsql");
  ask("CREATE TRIGGER too_slow AFTER DELETE ON sagad_records FOR EACH STATEMENT EXECUTE FUNCTION too_slow()");
  while (store().trim(first_time + kept.history)) {
  }
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_records"), "0");
}

TEST_F(postgres_journal, tables_of_a_newer_version_are_refused) {
  subject_.close();
  const auto known = postgres::migrations::all().size();
  const auto next = std::to_string(known + 1);
  ask("INSERT INTO sagad_migrations (version, applied) VALUES (" + next + ", now())");
  const auto why = subject_.open();
  EXPECT_NE(why.find("are of version " + next + ", and this sagad knows version " + std::to_string(known) +
                     ": a newer sagad has changed them"),
            std::string::npos)
      << why;
}

TEST_F(postgres_journal, two_first_openings_at_once_make_the_tables_once) {
  const auto schema = postgres_server::the().fresh_schema();
  auto settings = subject_.settings();
  settings.url = postgres_server::the().url(schema);
  std::optional<postgres_node> one;
  std::thread beside([&] { one.emplace(settings); });
  postgres_node two(settings);
  beside.join();
  EXPECT_TRUE(eventually([&] { return one->count() + two.count() == partitions; }));
  EXPECT_EQ(postgres_client(settings.url).ask("SELECT count(*) FROM sagad_migrations WHERE version > 0"),
            std::to_string(postgres::migrations::all().size()));
}

TEST_F(postgres_journal, a_database_that_would_lose_what_it_committed_is_refused) {
  subject_.close();
  const auto refused = [&](const std::string& with) {
    const auto why = subject_.open();
    EXPECT_NE(why.find(with), std::string::npos) << why;
  };
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"fsync", "off"},
                                                                                    {"full_page_writes", "off"},
                                                                                    {"synchronous_commit", "off"},
                                                                                    {"synchronous_commit", "local"}}) {
    const changed_setting changed(name, value);
    refused("has " + name + " = " + value);
    refused("set " + name + " = on");
  }
  const changed_setting weaker("synchronous_commit", "remote_write");
  EXPECT_EQ(subject_.open(), "");
}

TEST_F(postgres_journal, a_database_that_is_not_there_is_told) {
  subject_.close();
  subject_.settings().url = "postgresql://nobody@/nothing?host=/nowhere";
  EXPECT_NE(subject_.open().find("/nowhere"), std::string::npos);
  subject_.settings().url = postgres_server::the().url("public");
}

}  // namespace
}  // namespace sagad::journal::tests

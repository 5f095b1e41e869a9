#include <gmock/gmock.h>

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <future>
#include <iterator>
#include <mutex>
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

/// While it is there what is committed is written, and not answered: it waits for a standby that there is not.
class unanswered_commits {
 public:
  explicit unanswered_commits(const std::string& url) {
    postgres_client(url).ask("CREATE TABLE tries (number INT4)");
    postgres_server::the().set("synchronous_standby_names", "nobody");
    // The server heeds it from some moment on.
    tries_ = std::thread([this, url] {
      postgres_client other(url);
      other.ask("SET application_name = 'tries'");
      while (!heeded_) other.ask("INSERT INTO tries VALUES (1)");
    });
    heeded_ = eventually([&] { return !waiting(url, "tries").empty(); });
    EXPECT_TRUE(heeded_);
    heeded_ = true;
  }
  ~unanswered_commits() { end(); }
  unanswered_commits(const unanswered_commits&) = delete;
  unanswered_commits& operator=(const unanswered_commits&) = delete;

  /// The pid of a session of that name that has committed and waits; empty: there is none.
  static std::string waiting(const std::string& url, const std::string& name) {
    return postgres_client(url).ask("SELECT pid FROM pg_stat_activity WHERE application_name = '" + name +
                                    "' AND wait_event = 'SyncRep' LIMIT 1");
  }
  void end() {
    if (!tries_.joinable()) return;
    postgres_server::the().set("synchronous_standby_names", "");
    tries_.join();
  }

 private:
  std::atomic<bool> heeded_ = false;
  std::thread tries_;
};

/// A session of the server that has hung between two statements, where it holds no locks: what is sent to it is taken,
/// and nothing is said.
class hung_session {
 public:
  hung_session(const std::string& url, const std::string& name) {
    postgres_client other(url);
    const auto session = " FROM pg_stat_activity WHERE application_name = '" + name + "' AND state = 'idle'";
    EXPECT_TRUE(eventually([&] {
      // Not one that has just begun, and is about to be asked.
      const auto found = other.ask("SELECT pid" + session + " AND state_change < now() - INTERVAL '100 ms' LIMIT 1");
      if (found.empty() || !stop(static_cast<pid_t>(std::stol(found)))) return false;
      if (other.ask("SELECT count(*)" + session + " AND pid = " + found) == "1") return true;
      go_on();
      return false;
    }));
  }
  ~hung_session() { go_on(); }
  hung_session(const hung_session&) = delete;
  hung_session& operator=(const hung_session&) = delete;

 private:
  bool stop(pid_t pid) {
    pid_ = pid;
    if (::kill(pid_, SIGSTOP) != 0) return false;
    // It stands from some moment on.
    return eventually([&] {
      std::ifstream status("/proc/" + std::to_string(pid_) + "/stat");
      const std::string text{std::istreambuf_iterator<char>(status), {}};
      return text.find(") T ") != std::string::npos;
    });
  }
  void go_on() const {
    if (pid_ != 0) ::kill(pid_, SIGCONT);
  }

  pid_t pid_ = 0;
};

class postgres_lost_answers : public testing::Test {
 protected:
  postgres_lost_answers() : schema_(postgres_server::the().fresh_schema()) {
    settings_.url = postgres_server::the().url(schema_);
    settings_.retention = kept;
    settings_.poll = std::chrono::milliseconds(20);
    settings_.lease = std::chrono::milliseconds(60'000);
    settings_.append_patience = std::chrono::milliseconds(60'000);
    settings_.tell = [this](const std::string& line) {
      const std::lock_guard lock(mutex_);
      told_.push_back(line);
    };
  }
  ~postgres_lost_answers() override { postgres_server::the().drop_schema(schema_); }

  std::string ask(const std::string& sql) { return postgres_client(settings_.url).ask(sql); }
  void make_tables() {
    postgres_node node(settings_);
    ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
  }
  bool was_told(const std::string& what) {
    const std::lock_guard lock(mutex_);
    return std::any_of(told_.begin(), told_.end(),
                       [&](const auto& line) { return line.find(what) != std::string::npos; });
  }

  std::string schema_;
  postgres::options settings_;
  std::mutex mutex_;
  std::vector<std::string> told_;
};

TEST_F(postgres_lost_answers, who_has_entered_and_was_not_told_writes_where_the_table_says) {
  make_tables();
  // The first slot is another's, who takes no share.
  ask("INSERT INTO sagad_nodes (name, slot, address, seen, leaving, floor) "
      "VALUES ('another', 0, '', now() + interval '1 hour', TRUE, 0)");
  unanswered_commits unanswered(settings_.url);
  postgres_node node(settings_, "this");
  std::string pid;
  ASSERT_TRUE(eventually([&] {
    pid = unanswered_commits::waiting(settings_.url, "sagad node");
    return !pid.empty();
  }));
  ask("SELECT pg_terminate_backend(" + pid + ")");
  ASSERT_TRUE(eventually([&] { return ask("SELECT slot FROM sagad_nodes WHERE address = 'this'") == "1"; }));
  unanswered.end();
  ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
  EXPECT_EQ(node.put(node.make(saga(1, 7), 1)), result::durable);
  EXPECT_EQ(ask("SELECT place % 64 FROM sagad_records"), ask("SELECT slot FROM sagad_nodes WHERE address = 'this'"));
}

TEST_F(postgres_lost_answers, who_has_another_slot_than_he_was_told_writes_there) {
  settings_.lease = std::chrono::milliseconds(3'000);
  postgres_node node(settings_, "this");
  ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
  // As one who was removed, and entered by a statement that came late.
  ask("UPDATE sagad_partitions SET epoch = epoch + 1, owner = NULL, lease_until = NULL; "
      "UPDATE sagad_nodes SET slot = 5 WHERE address = 'this'");
  ASSERT_TRUE(eventually([&] { return node.count() == partitions && node.taken_as(7).epoch > 1; }));
  EXPECT_EQ(node.put(node.make(saga(1, 7), 1)), result::durable);
  EXPECT_EQ(ask("SELECT place % 64 FROM sagad_records"), "5");
}

TEST_F(postgres_lost_answers, a_session_that_hangs_is_given_up_while_the_lease_lasts) {
  settings_.lease = std::chrono::milliseconds(3'000);
  postgres_node node(settings_);
  ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
  const hung_session hung(settings_.url, "sagad lease");
  EXPECT_TRUE(eventually([&] { return was_told("the lease cannot be renewed"); }));
  EXPECT_TRUE(was_told("has not answered for 1000 ms")) << "a third of the lease";
  EXPECT_TRUE(eventually([&] { return was_told("the lease is renewed again"); }));
}

TEST_F(postgres_lost_answers, a_writers_session_that_hangs_is_given_up) {
  settings_.append_patience = std::chrono::milliseconds(2'000);
  settings_.live_written_every = std::chrono::hours(1);
  settings_.statement_timeout = std::chrono::hours(1);
  postgres_node node(settings_);
  ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
  ASSERT_EQ(node.put(node.make(saga(1, 7), 1)), result::durable);
  std::future<result> written;
  const hung_session hung(settings_.url, "sagad writer");
  written = std::async(std::launch::async, [&] { return node.put(node.make(saga(1, 7), 2)); });
  ASSERT_TRUE(eventually([&] { return written.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }));
  EXPECT_EQ(written.get(), result::durable);
  EXPECT_TRUE(was_told("it has not answered for 2000 ms"));
}

TEST_F(postgres_lost_answers, nothing_is_freed_and_nobody_is_kept_while_the_writer_waits_for_the_database) {
  settings_.retry_max = std::chrono::milliseconds(50);
  postgres_node node(settings_);
  ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
  auto over = node.make(saga(1, 7), 1);
  over.final = true;
  ASSERT_EQ(node.put(over), result::durable);
  postgres_client other(settings_.url);
  other.ask("BEGIN");
  other.ask("SELECT id FROM sagad_partitions WHERE id = 7 FOR UPDATE");
  // A record for what is over: while it is written that must not go.
  lane one(node.store());
  const auto last = one.appender().append(node.make(saga(1, 7), 2));
  one.appender().submit(false);
  ASSERT_TRUE(eventually([&] {
    return ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sagad writer' AND wait_event_type = "
               "'Lock'") == "1";
  }));
  auto trimmed = std::async(std::launch::async, [&] { return node.store().trim(first_time + kept.history); });
  EXPECT_TRUE(eventually([&] { return trimmed.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }));
  other.ask("COMMIT");
  EXPECT_TRUE(trimmed.get()) << "there may be more";
  EXPECT_TRUE(one.wait(last).empty());
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_records"), "2");
}

TEST_F(postgres_lost_answers, who_ends_does_not_wait_for_what_he_was_about_to_take) {
  make_tables();
  // Read by nobody else than who takes over.
  postgres_client other(settings_.url);
  other.ask("BEGIN");
  other.ask("LOCK TABLE sagad_live_sagas");
  postgres_node node(settings_);
  ASSERT_TRUE(eventually([&] {
    return ask("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sagad take-over' AND "
               "wait_event_type = 'Lock'") == "1";
  }));
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_partitions WHERE owner IS NOT NULL"), std::to_string(partitions));
  auto closed = std::async(std::launch::async, [&] { node.close(); });
  EXPECT_TRUE(eventually([&] { return closed.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }));
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_partitions WHERE owner IS NOT NULL"), "0") << "and it is given back";
  other.ask("COMMIT");
  closed.get();
}

}  // namespace
}  // namespace sagad::journal::tests

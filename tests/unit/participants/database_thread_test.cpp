#include "participants/sdk/database_thread.hpp"

#include <future>

#include "compensations/barrier/sqlite_database.hpp"
#include "tests/support/hooked_vfs.hpp"
#include "tests/unit/barrier/scratch_database.hpp"

namespace sagad::participants {
namespace {

using verdict = database_thread::verdict;

class database_thread_room : public testing::Test {
 protected:
  std::unique_ptr<database_thread> make(database_thread::limits bounds = {},
                                        std::chrono::milliseconds wait = std::chrono::seconds(30)) {
    auto db = std::make_unique<barrier::connection>(file.options(wait));
    db->execute("CREATE TABLE IF NOT EXISTS notes(text TEXT NOT NULL)");
    return std::make_unique<database_thread>(
        std::move(db), bounds, [this](const char* why) { complaints += why; },
        [this](const std::string& why) { last_words.push_back(why); });
  }
  std::unique_ptr<database_thread> make_durable() {
    auto options = file.options();
    options.sync = barrier::durability::full;
    auto opened = std::make_unique<barrier::sqlite_database>(options);
    disk = opened.get();
    auto db = std::make_unique<barrier::connection>(std::move(opened));
    db->execute("CREATE TABLE IF NOT EXISTS notes(text TEXT NOT NULL)");
    return std::make_unique<database_thread>(
        std::move(db), database_thread::limits{}, [this](const char* why) { complaints += why; },
        [this](const std::string& why) { last_words.push_back(why); });
  }
  static std::function<void(barrier::connection&)> note(const std::string& text) {
    return [text](barrier::connection& db) { db.prepare("INSERT INTO notes VALUES (?)").bind(text).run(); };
  }
  std::int64_t notes() {
    barrier::connection db(file.options());
    auto select = db.prepare("SELECT count(*) FROM notes");
    select.step();
    return select.integer(0);
  }

  sagad::tests::hooked_vfs files;
  barrier::test::scratch_database file;
  barrier::sqlite_database* disk = nullptr;  ///< of the durable one
  std::string complaints;
  std::vector<std::string> last_words;
};

TEST_F(database_thread_room, commits_before_it_answers) {
  auto one = make();
  EXPECT_EQ(one->perform(note("a")), verdict::committed);
  EXPECT_EQ(notes(), 1);
}

TEST_F(database_thread_room, what_waits_shares_one_commit) {
  auto one = make();
  std::promise<void> inside;
  std::promise<void> go_on;
  std::vector<std::int64_t> seen;
  std::promise<void> all;
  one->post({[&](barrier::connection&) {
               inside.set_value();
               go_on.get_future().wait();
             },
             [](verdict) {}});
  inside.get_future().wait();
  for (int i = 0; i < 5; ++i) {
    one->post({note("x"), [&](verdict) {
                 // All five are durable when the first is answered.
                 seen.push_back(notes());
                 if (seen.size() == 5) all.set_value();
               }});
  }
  go_on.set_value();
  ASSERT_EQ(all.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
  EXPECT_THAT(seen, testing::ElementsAre(5, 5, 5, 5, 5));
}

TEST_F(database_thread_room, a_task_that_fails_is_taken_back_alone) {
  auto one = make();
  std::promise<void> inside;
  std::promise<void> go_on;
  std::vector<verdict> ends;
  const auto settled = [&](verdict end) { ends.push_back(end); };
  one->post({[&](barrier::connection&) {
               inside.set_value();
               go_on.get_future().wait();
             },
             settled});
  inside.get_future().wait();
  one->post({note("a"), settled});
  one->post({[](barrier::connection& db) {
               db.prepare("INSERT INTO notes VALUES (?)").bind("b").run();
               throw std::runtime_error("no");
             },
             settled});
  one->post({note("c"), settled});
  go_on.set_value();
  one->stop();
  EXPECT_THAT(ends, testing::ElementsAre(verdict::committed, verdict::committed, verdict::failed, verdict::committed));
  EXPECT_EQ(notes(), 2);
  EXPECT_EQ(complaints, "no");
}

TEST_F(database_thread_room, a_lost_transaction_fails_all_that_were_in_it) {
  auto one = make();
  std::promise<void> inside;
  std::promise<void> go_on;
  std::vector<verdict> ends;
  const auto settled = [&](verdict end) { ends.push_back(end); };
  one->post({[&](barrier::connection&) {
               inside.set_value();
               go_on.get_future().wait();
             },
             settled});
  inside.get_future().wait();
  one->post({note("a"), settled});
  one->post({[](barrier::connection& db) {
               db.rollback();
               throw std::runtime_error("the disk is full");
             },
             settled});
  one->post({note("c"), settled});
  go_on.set_value();
  one->stop();
  EXPECT_THAT(ends, testing::ElementsAre(verdict::committed, verdict::failed, verdict::failed, verdict::failed));
  EXPECT_EQ(notes(), 0);
}

TEST_F(database_thread_room, a_database_that_somebody_else_keeps_is_busy_and_nothing_runs) {
  auto one = make({}, std::chrono::milliseconds(20));
  barrier::connection other(file.options());
  ASSERT_TRUE(other.begin());
  EXPECT_EQ(one->perform(note("a")), verdict::busy);
  other.rollback();
  EXPECT_EQ(one->perform(note("a")), verdict::committed);
  EXPECT_EQ(notes(), 1);
}

TEST_F(database_thread_room, the_queue_is_bounded) {
  auto one = make({.queue_max = 2});
  std::promise<void> inside;
  std::promise<void> go_on;
  one->post({[&](barrier::connection&) {
               inside.set_value();
               go_on.get_future().wait();
             },
             [](verdict) {}});
  inside.get_future().wait();
  EXPECT_TRUE(one->post({note("a"), [](verdict) {}}));
  EXPECT_TRUE(one->post({note("b"), [](verdict) {}}));
  EXPECT_FALSE(one->post({note("c"), [](verdict) {}}));
  go_on.set_value();
  one->stop();
  EXPECT_EQ(notes(), 2);
}

TEST_F(database_thread_room, what_waited_too_long_is_not_run) {
  auto one = make({.wait_max = std::chrono::milliseconds(0)});
  EXPECT_EQ(one->perform(note("a")), verdict::busy);
  EXPECT_EQ(notes(), 0);
}

TEST_F(database_thread_room, a_disk_that_fails_has_the_last_word_and_nothing_is_committed_after_it) {
  auto one = make_durable();
  ASSERT_EQ(one->perform(note("a")), verdict::committed);
  files.fail_syncs(true);
  EXPECT_EQ(one->perform(note("b")), verdict::failed);
  files.fail_syncs(false);
  EXPECT_EQ(one->perform(note("c")), verdict::failed) << "the disk may have lost b though its pages are still seen";
  one->stop();
  ASSERT_FALSE(last_words.empty());
  EXPECT_THAT(last_words[0], testing::HasSubstr("COMMIT"));
}

TEST_F(database_thread_room, a_failing_disk_is_seen_though_the_task_hides_it) {
  auto one = make_durable();
  files.fail_syncs(true);
  EXPECT_EQ(one->perform([this](barrier::connection& db) {
    try {
      disk->fail(SQLITE_IOERR_READ, "disk I/O error");
    } catch (const std::exception&) {
    }
    db.prepare("INSERT INTO notes VALUES ('a')").run();
  }),
            verdict::failed);
  one->stop();
  EXPECT_THAT(last_words, testing::ElementsAre("disk I/O error"));
  EXPECT_EQ(notes(), 0);
}

TEST_F(database_thread_room, stopping_finishes_what_is_queued_and_takes_no_more) {
  auto one = make();
  std::promise<void> inside;
  std::promise<void> go_on;
  one->post({[&](barrier::connection&) {
               inside.set_value();
               go_on.get_future().wait();
             },
             [](verdict) {}});
  inside.get_future().wait();
  one->post({note("a"), [](verdict) {}});
  go_on.set_value();
  one->stop();
  EXPECT_EQ(notes(), 1);
  EXPECT_FALSE(one->post({note("b"), [](verdict) {}}));
  EXPECT_EQ(one->perform(note("b")), verdict::failed);
}

}  // namespace
}  // namespace sagad::participants

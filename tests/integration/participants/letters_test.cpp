#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>

#include "compensations/barrier/row_store.hpp"
#include "participants/sdk/late_worker.hpp"
#include "tests/integration/participants/letter_box.hpp"
#include "tests/integration/participants/market.hpp"

namespace sagad::participants::test {
namespace {

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t hour_ms = 60 * minute_ms;

/// A late worker by itself, with a clock that stands still until the test moves it.
class letters_room : public testing::Test {
 protected:
  explicit letters_room(late_worker::limits bounds = {.letter_timeout = std::chrono::hours(1)}) {
    auto db = std::make_unique<barrier::connection>(
        barrier::connection::options{.place = folder.path("x.db"), .sync = barrier::durability::normal});
    late_store::create(*db);
    guard = std::make_unique<barrier::guard>(*db, barrier::guard::limits{}, [this] { return now_ms.load(); });
    database = std::make_unique<database_thread>(
        std::move(db), database_thread::limits{}, [](const char*) {}, [](const std::string&) {});
    worker = std::make_unique<late_worker>(
        nobody, *database, *guard, bounds, [this] { return now_ms.load(); },
        [this](const char* why) { complaints.emplace_back(why); });
  }
  void SetUp() override { worker->start(); }
  ~letters_room() override {
    worker->stop();
    database->stop();
  }

  void send(const std::string& url) {
    database->perform([&](barrier::connection& db) { late_store(db).send(url, "done", R"({"hold":"h-1"})", now_ms); });
    worker->wake();
  }
  void pass(std::int64_t time_ms) {
    now_ms += time_ms;
    worker->wake();
  }
  std::int64_t number(const std::string& sql) {
    std::int64_t found = -1;
    database->perform([&](barrier::connection& db) {
      auto select = db.prepare(sql);
      if (select.step()) found = select.integer(0);
    });
    return found;
  }
  /// What the try left behind is there.
  void wait_until(const std::string& sql, std::int64_t value) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (number(sql) != value) {
      if (std::chrono::steady_clock::now() > end) throw std::runtime_error(sql + " never was " + std::to_string(value));
    }
  }
  void wait_for_tries(std::int64_t count) { wait_until("SELECT coalesce(max(tries), -1) FROM late_letter", count); }
  std::int64_t letters() { return number("SELECT count(*) FROM late_letter"); }

  sagad::tests::temporary_folder folder;
  std::atomic<std::int64_t> now_ms = 1'700'000'000'000;
  std::vector<std::string> complaints;
  service nobody;
  std::unique_ptr<barrier::guard> guard;
  std::unique_ptr<database_thread> database;
  std::unique_ptr<late_worker> worker;
};

/// Takes connections, and never answers.
class silent_place {
 public:
  silent_place() {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    auto* address = reinterpret_cast<sockaddr*>(&where);
    if (bind(listener_, address, size) != 0 || listen(listener_, 64) != 0 ||
        getsockname(listener_, address, &size) != 0) {
      throw std::runtime_error("the silent place cannot listen");
    }
    port_ = ntohs(where.sin_port);
  }
  silent_place(const silent_place&) = delete;
  silent_place& operator=(const silent_place&) = delete;
  ~silent_place() {
    for (const int one : taken_) close(one);
    close(listener_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1/callbacks/unheard"; }
  void take(std::size_t connections) {
    while (taken_.size() < connections) taken_.push_back(accept(listener_, nullptr, nullptr));
  }

 private:
  int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
  std::vector<int> taken_;
};

/// The same before its listener is there.
class letters_before_the_start : public letters_room {
 protected:
  void SetUp() override {}
};

TEST_F(letters_before_the_start, wait_for_it) {
  letter_box box({204});
  send(box.url("early"));
  for (int looks = 0; looks < 50; ++looks) EXPECT_EQ(letters(), 1);
  worker->start();
  EXPECT_EQ(box.wait_for(1)[0].target, "/v1/callbacks/early");
}

TEST_F(letters_room, a_letter_is_over_when_it_is_recorded_or_not_awaited) {
  for (const int status : {204, 409, 410}) {
    letter_box box({status});
    send(box.url("first"));
    wait_until("SELECT count(*) FROM late_letter", 0);
    pass(hour_ms);
    send(box.url("second"));
    EXPECT_EQ(box.wait_for(2)[1].target, "/v1/callbacks/second") << "the first was not sent again after " << status;
    wait_until("SELECT count(*) FROM late_letter", 0);
  }
  EXPECT_EQ(number("SELECT count(*) FROM late_letter_given_up"), 0);
  EXPECT_TRUE(complaints.empty());
}

/// It looks often by itself.
class letters_of_others : public letters_room {
 protected:
  letters_of_others() : letters_room({.retry_delay_ms_max = 10}) {}
};

TEST_F(letters_of_others, what_another_process_left_behind_is_found_without_being_woken) {
  letter_box box({204});
  database->perform([&](barrier::connection& db) { late_store(db).send(box.url("left"), "done", "{}", now_ms); });
  EXPECT_EQ(box.wait_for(1)[0].target, "/v1/callbacks/left");
  wait_until("SELECT count(*) FROM late_letter", 0);
}

TEST_F(letters_room, a_letter_that_is_refused_for_an_hour_is_given_up_with_a_line_and_a_row) {
  for (const int status : {404, 400, 200}) {
    letter_box box({status});
    send(box.url("lost"));
    wait_for_tries(1);
    pass(hour_ms - 1);
    wait_for_tries(2);
    EXPECT_EQ(letters(), 1) << "an hour is not over";
    pass(1000);
    const std::string of_status = " FROM late_letter_given_up WHERE status = " + std::to_string(status);
    wait_until("SELECT count(*)" + of_status, 1);
    EXPECT_EQ(letters(), 0);
    EXPECT_EQ(number("SELECT tries" + of_status), 3);
    EXPECT_EQ(number("SELECT given_up_at" + of_status), now_ms.load());
    EXPECT_EQ(box.wait_for(3).size(), 3U);
    EXPECT_THAT(complaints.back(), testing::AllOf(testing::HasSubstr(box.url("lost")),
                                                  testing::HasSubstr("answered " + std::to_string(status))));
  }
  EXPECT_EQ(complaints.size(), 3U);
}

TEST_F(letters_room, a_refusal_counts_anew_when_something_else_came_between) {
  letter_box box({404, 503, 404, 404, 204});
  send(box.url("one"));
  wait_for_tries(1);
  pass(hour_ms);
  wait_for_tries(2);
  pass(minute_ms);
  wait_for_tries(3);
  pass(hour_ms - 1);
  wait_for_tries(4);
  pass(minute_ms);
  EXPECT_EQ(box.wait_for(5).size(), 5U);
  wait_until("SELECT count(*) FROM late_letter", 0);
  EXPECT_TRUE(complaints.empty());
}

TEST_F(letters_room, who_does_not_answer_is_asked_for_ever_with_growing_bounded_delays) {
  letter_box box({503, 500, 429, 408, 425});
  send(box.url("patient"));
  std::vector<std::int64_t> delays;
  for (std::int64_t tries = 1; tries <= 12; ++tries) {
    wait_for_tries(tries);
    delays.push_back(number("SELECT next_at FROM late_letter") - now_ms);
    pass(24 * hour_ms);
  }
  EXPECT_THAT(delays,
              testing::ElementsAre(100, 200, 400, 800, 1600, 3200, 6400, 12'800, 25'600, 30'000, 30'000, 30'000));
  EXPECT_TRUE(complaints.empty());
}

TEST_F(letters_room, a_place_where_nobody_is_is_asked_for_ever) {
  const letter_box closed({204}, letter_box::at_first::closed);
  send(closed.url("nobody"));
  for (std::int64_t tries = 1; tries <= 5; ++tries) {
    wait_for_tries(tries);
    pass(24 * hour_ms);
  }
  EXPECT_TRUE(complaints.empty());
}

TEST_F(letters_room, a_letter_that_nobody_answers_holds_up_no_other) {
  letter_box box({204});
  silent_place silent;
  send(silent.url());
  silent.take(1);
  send(box.url("second"));
  EXPECT_EQ(box.wait_for(1)[0].target, "/v1/callbacks/second");
  wait_until("SELECT count(*) FROM late_letter", 1);
}

TEST_F(letters_room, however_many_letters_wait_for_one_place_those_to_another_go) {
  constexpr std::size_t at_once = late_worker::limits{}.letters_to_one_place_max;
  letter_box box({204});
  silent_place silent;
  for (std::size_t count = 0; count < 2 * at_once; ++count) send(silent.url());
  silent.take(at_once);
  send(box.url("behind-them"));
  EXPECT_EQ(box.wait_for(1)[0].target, "/v1/callbacks/behind-them");
  wait_until("SELECT count(*) FROM late_letter", 2 * at_once);
}

}  // namespace
}  // namespace sagad::participants::test

#include "journal/postgres/pool.hpp"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <future>
#include <optional>

#include "journal/postgres/database.hpp"
#include "journal/postgres/options.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/silent_server.hpp"

namespace sagad::journal {
namespace {

using postgres::asker;
using sagad::tests::eventually;

constexpr std::chrono::hours never_in_a_test{1};

TEST(postgres_trouble, is_told_as_what_it_is) {
  using testing::StartsWith;
  EXPECT_THAT(postgres::in_the_way(postgres::connection_lost("gone")),
              StartsWith("the database does not answer: gone"));
  EXPECT_THAT(postgres::in_the_way(postgres::statement_failed("no", "57014")), StartsWith("the database refuses: no"));
  EXPECT_THAT(postgres::in_the_way(postgres::statement_failed("full", "53100")),
              StartsWith("the database has no room: full"));
  EXPECT_EQ(postgres::in_the_way(postgres::another_journal("another journal: do this")), "another journal: do this");
  EXPECT_EQ(postgres::in_the_way(postgres::settings_refused("fsync is off: set it")), "fsync is off: set it");
}

struct postgres_pool : testing::Test {
  postgres_pool() {
    settings.url = server.url(server.fresh_schema());
    settings.read_patience = settings.prompt_patience = std::chrono::milliseconds(20);
    settings.retry_min = std::chrono::milliseconds(1);
    settings.retry_max = never_in_a_test;
  }

  postgres::pool& open(asker who = asker::patient) { return pool.emplace(settings, who); }
  bool ask() {
    return pool->run([](postgres::connection& database) {
      return !database.run(postgres::statement{"one", "SELECT 1"}).empty();
    });
  }
  bool answers() {
    try {
      return ask();
    } catch (const postgres::connection_lost&) {
      return false;
    }
  }
  std::string why_not() {
    try {
      ask();
      return {};
    } catch (const postgres::connection_lost& lost) {
      return lost.what();
    }
  }

  /// Those who ask meanwhile, and for long after that, are told that it is away.
  void fall_and_come_back() {
    EXPECT_TRUE(eventually([&] { return answers(); }));
    server.fall();
    EXPECT_THROW(ask(), postgres::connection_lost);
    server.start();
    EXPECT_THROW(ask(), postgres::connection_lost) << "it is not yet tried again";
  }

  tests::postgres_server& server = tests::postgres_server::the();
  postgres::options settings;
  std::optional<postgres::pool> pool;
};

TEST_F(postgres_pool, whoever_asks_while_the_database_is_away_is_told_at_once_until_it_can_be_reached_again) {
  settings.retry_max = std::chrono::milliseconds(1);
  open();
  EXPECT_TRUE(eventually([&] { return answers(); }));
  server.fall();
  EXPECT_THROW(ask(), postgres::connection_lost);
  server.start();
  EXPECT_TRUE(eventually([&] { return answers(); }));
}

TEST_F(postgres_pool, tries_at_once_when_another_has_had_an_answer) {
  open();
  fall_and_come_back();
  pool->hear_of_an_answer(false);
  EXPECT_TRUE(eventually([&] { return answers(); }));
}

TEST_F(postgres_pool, connections_of_before_another_was_made_anew_are_not_used_again) {
  settings.read_patience = std::chrono::seconds(60);
  settings.retry_min = never_in_a_test;
  open();
  EXPECT_TRUE(ask());
  server.fall();
  server.start();
  pool->hear_of_an_answer(true);
  EXPECT_TRUE(ask()) << "over a new one: that which fell with the server is lost";
}

TEST_F(postgres_pool, that_can_make_no_more_connections_hands_round_those_that_there_are) {
  settings.read_patience = std::chrono::seconds(60);
  settings.connect_timeout = std::chrono::seconds(60);
  open();
  EXPECT_TRUE(ask());
  const sagad::tests::silent_server refusing;
  std::future<bool> another;
  int met = -1;
  EXPECT_TRUE(pool->run([&](postgres::connection& database) {
    // While this one is used another is made, by a thread that reads this when it is asked to.
    settings.url = "host=127.0.0.1 port=" + refusing.port();
    another = std::async(std::launch::async, [&] { return ask(); });
    met = refusing.accept();
    return database.usable();
  }));
  EXPECT_TRUE(another.get()) << "by the one that has come back";
  ::close(met);
}

TEST_F(postgres_pool, a_statement_that_is_refused_is_an_answer) {
  settings.retry_max = std::chrono::milliseconds(1);
  open();
  server.fall();
  EXPECT_THROW(ask(), postgres::connection_lost);
  server.start();
  EXPECT_TRUE(eventually([&] { return answers(); }));
  EXPECT_THROW(pool->run([](postgres::connection& database) {
    return database.run(postgres::statement{"none", "SELECT 1 FROM nowhere"}).empty();
  }),
               postgres::statement_failed);
  EXPECT_TRUE(ask());
}

TEST_F(postgres_pool, a_reactor_does_not_wait_for_a_connection_that_is_long_in_the_making) {
  const sagad::tests::silent_server silent;
  settings.url = "host=127.0.0.1 port=" + silent.port();
  settings.connect_timeout = never_in_a_test;
  open(asker::reactor);
  // Once the other thread has begun to make it.
  EXPECT_TRUE(eventually([&] { return why_not() == "no connection could be made for 20 ms"; }));
  const int met = silent.accept();
  std::array<char, 8> request{};
  EXPECT_EQ(::recv(met, request.data(), request.size(), MSG_WAITALL), 8);
  EXPECT_EQ(::recv(met, request.data(), request.size(), MSG_DONTWAIT), -1) << "another thread still waits for it";
  EXPECT_EQ(why_not(), "no connection could be made for 20 ms");
  ::close(met);
}

/// The server's process behind a connection stands still, as if its machine had lost its power.
class stopped_backend {
 public:
  explicit stopped_backend(postgres::connection& database)
      : process_(static_cast<pid_t>(database.run(postgres::statement{"me", "SELECT pg_backend_pid()"}).integer(0, 0))) {
    ::kill(process_, SIGSTOP);
  }
  ~stopped_backend() { ::kill(process_, SIGCONT); }
  stopped_backend(const stopped_backend&) = delete;
  stopped_backend& operator=(const stopped_backend&) = delete;

 private:
  pid_t process_;
};

TEST_F(postgres_pool, a_reactor_does_not_wait_for_an_answer_and_who_asks_after_it_not_at_all) {
  settings.prompt_patience = std::chrono::milliseconds(500);
  settings.statement_timeout = never_in_a_test;
  open(asker::reactor);
  EXPECT_TRUE(eventually([&] { return answers(); })) << "so that there is one which can fall silent";
  std::optional<stopped_backend> silent;
  const auto asked_of_it = [&](postgres::connection& database) {
    if (!silent) silent.emplace(database);
    return database.run(postgres::statement{"two", "SELECT 2"}).empty();
  };
  std::string why;
  try {
    pool->run(asked_of_it);
  } catch (const postgres::connection_lost& lost) {
    why = lost.what();
  }
  EXPECT_THAT(why, testing::HasSubstr("has not answered"));
  silent.reset();
  EXPECT_TRUE(eventually([&] { return answers(); })) << "by another connection";
}

TEST_F(postgres_pool, the_database_gives_up_what_a_reactor_asks_before_the_reactor_does) {
  settings.prompt_patience = std::chrono::milliseconds(4'000);
  open(asker::reactor);
  EXPECT_TRUE(pool->run([&](postgres::connection& database) {
    const auto found = database.run(postgres::statement{"limits",
                                                        "SELECT current_setting('statement_timeout'), "
                                                        "current_setting('lock_timeout')"});
    EXPECT_EQ(found.bytes(0, 0), "3s");
    EXPECT_EQ(found.bytes(0, 1), "1s");
    return true;
  }));
}

}  // namespace
}  // namespace sagad::journal

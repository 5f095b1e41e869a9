#include "journal/postgres/pool.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

#include "journal/postgres/options.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/silent_server.hpp"

namespace sagad::journal {
namespace {

struct postgres_pool : testing::Test {
  postgres_pool() {
    settings.url = server.url(server.fresh_schema());
    settings.read_patience = std::chrono::milliseconds(20);
    settings.retry_max = std::chrono::hours(1);
  }

  bool ask() {
    return pool.run([](postgres::connection& database) {
      return !database.run(postgres::statement{"one", "SELECT 1"}).empty();
    });
  }

  /// Those who ask meanwhile, and for long after that, are told that it is away.
  void fall_and_come_back() {
    EXPECT_TRUE(ask());
    server.fall();
    EXPECT_THROW(ask(), postgres::connection_lost);
    server.start();
    EXPECT_THROW(ask(), postgres::connection_lost) << "it is not yet tried again";
  }

  tests::postgres_server& server = tests::postgres_server::the();
  postgres::options settings;
  postgres::pool pool{settings};
};

TEST_F(postgres_pool, whoever_asks_while_the_database_is_away_is_told_at_once_and_one_tries) {
  fall_and_come_back();
  settings.retry_max = std::chrono::milliseconds(0);
  EXPECT_TRUE(ask()) << "this one tries";
  settings.retry_max = std::chrono::hours(1);
  EXPECT_TRUE(ask()) << "and all may ask";
}

TEST_F(postgres_pool, whoever_asks_when_another_has_had_an_answer_tries_at_once) {
  fall_and_come_back();
  pool.hear_of_an_answer(false);
  EXPECT_TRUE(ask());
}

TEST_F(postgres_pool, connections_of_before_another_was_made_anew_are_not_used_again) {
  EXPECT_TRUE(ask());
  server.fall();
  server.start();
  settings.read_patience = std::chrono::milliseconds(0);
  pool.hear_of_an_answer(true);
  EXPECT_TRUE(ask()) << "over a new one: that which fell with the server is lost";
}

TEST_F(postgres_pool, that_can_make_no_more_connections_hands_round_those_that_there_are) {
  settings.read_patience = std::chrono::seconds(3);
  settings.connect_timeout = std::chrono::seconds(60);
  EXPECT_TRUE(ask());
  const sagad::tests::silent_server refusing;
  std::future<bool> another;
  int met = -1;
  EXPECT_TRUE(pool.run([&](postgres::connection& database) {
    // While this one is used another is made.
    settings.url = "host=127.0.0.1 port=" + refusing.port();
    another = std::async(std::launch::async, [&] { return ask(); });
    met = refusing.accept();
    return database.usable();
  }));
  ::close(met);
  EXPECT_TRUE(another.get()) << "by the one that has come back";
}

TEST_F(postgres_pool, a_statement_that_is_refused_is_an_answer) {
  server.fall();
  EXPECT_THROW(ask(), postgres::connection_lost);
  server.start();
  settings.retry_max = std::chrono::milliseconds(0);
  EXPECT_THROW(pool.run([](postgres::connection& database) {
    return database.run(postgres::statement{"none", "SELECT 1 FROM nowhere"}).empty();
  }),
               postgres::statement_failed);
  settings.retry_max = std::chrono::hours(1);
  EXPECT_TRUE(ask());
}

}  // namespace
}  // namespace sagad::journal

#include "postgresql/connection.hpp"

#include <gtest/gtest.h>

#include "tests/support/postgres_server.hpp"
#include "tests/support/silent_server.hpp"

namespace sagad::postgresql {
namespace {

/// Where libpq's URL of the test's server has its socket.
std::string folder_of(const std::string& url) {
  const auto begin = url.find("host=") + 5;
  return url.substr(begin, url.find_first_of("& ", begin) - begin);
}

TEST(a_connection, reaches_the_next_server_when_the_first_one_is_silent) {
  const tests::silent_server first;
  const auto second = folder_of(tests::postgres_server::the().url("public"));
  login how{"host=127.0.0.1," + second + " port=" + first.port() + ",5432 dbname=postgres user=sagad", "test"};
  how.connect_timeout = std::chrono::milliseconds(4'000);
  connection reached(how);
  EXPECT_EQ(reached.where(), second + ":5432/postgres");
}

TEST(a_connection, says_of_each_server_why_it_was_not_reached) {
  const tests::silent_server first;
  login how{"host=127.0.0.1,/nowhere port=" + first.port() + ",5432 dbname=postgres", "test"};
  how.connect_timeout = std::chrono::milliseconds(200);
  try {
    connection(how).usable();
    FAIL();
  } catch (const connection_lost& error) {
    const std::string why = error.what();
    EXPECT_NE(why.find("127.0.0.1:" + first.port() + ": it has not answered for 100 ms"), std::string::npos) << why;
    EXPECT_NE(why.find("; /nowhere:5432: "), std::string::npos) << why;
  }
}

TEST(a_connection, is_not_ended_for_having_been_idle_nor_refused_a_lock_by_what_the_role_has_as_its_usual) {
  const auto folder = folder_of(tests::postgres_server::the().url("public"));
  login how{
      "host=" + folder + " dbname=postgres user=sagad options='-c idle_session_timeout=1min -c lock_timeout=1min'",
      "test"};
  constexpr statement ask{"ask", "SELECT current_setting('idle_session_timeout'), current_setting('lock_timeout')"};
  connection usual(how);
  const auto found = usual.run(ask);
  EXPECT_EQ(found.bytes(0, 0), "0");
  EXPECT_EQ(found.bytes(0, 1), "0");
  how.lock_timeout = std::chrono::milliseconds(300);
  connection impatient(how);
  EXPECT_EQ(impatient.run(ask).bytes(0, 1), "300ms");
}

TEST(a_connection, is_lost_by_an_answer_that_does_not_say_what_was_done) {
  connection made({tests::postgres_server::the().url("public"), "test"});
  const auto answered = [&made](const std::string& state) {
    made.run_all("DO $$ BEGIN RAISE EXCEPTION 'result is ambiguous' USING ERRCODE = '" + state + "'; END $$");
  };
  EXPECT_THROW(answered("40003"), connection_lost);
  EXPECT_THROW(answered("40001"), statement_failed) << "it was taken back, and may be tried again";
}

TEST(a_connection, goes_on_to_keep_what_it_commits_when_the_server_is_told_not_to) {
  auto& server = tests::postgres_server::the();
  connection made({server.url("public"), "test"});
  server.set("synchronous_commit", "off");
  constexpr statement ask{"ask", "SELECT current_setting('synchronous_commit')"};
  EXPECT_EQ(made.run(ask).bytes(0, 0), "on");
  EXPECT_THROW(connection({server.url("public"), "test"}), settings_refused);
  server.set("synchronous_commit", "");
}

}  // namespace
}  // namespace sagad::postgresql

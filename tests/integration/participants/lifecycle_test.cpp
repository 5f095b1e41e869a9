#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/integration/participants/market.hpp"

namespace sagad::participants::test {
namespace {

using testing::HasSubstr;

class lifecycle_of_escrow : public escrow_process {};

TEST_F(lifecycle_of_escrow, sigterm_ends_it_with_zero) {
  running->signal(SIGTERM);
  EXPECT_EQ(running->wait(), 0);
}

TEST_F(lifecycle_of_escrow, sigterm_ends_it_with_connections_open) {
  participant_wire idle(port());
  participant_wire used(port());
  used.send(hold().text());
  EXPECT_EQ(used.read().status, 200);
  running->signal(SIGTERM);
  EXPECT_EQ(running->wait(), 0);
}

TEST_F(lifecycle_of_escrow, what_was_answered_survives_a_kill) {
  ask(port(), hold(1));
  ask(port(), hold(2, 5000));
  running->signal(SIGKILL);
  EXPECT_EQ(running->wait(), -SIGKILL);
  restart();
  EXPECT_EQ(ask(port(), hold(1)).body, R"({"hold":"h-1","amount":250})");
  EXPECT_EQ(ask(port(), hold(2, 5000)).header("saga-outcome"), "rejected");
  EXPECT_EQ(effects(), 1U);
  EXPECT_THAT(books(), HasSubstr(R"("total":1000)"));
}

TEST_F(lifecycle_of_escrow, tells_its_health) {
  EXPECT_EQ(ask(port(), "GET", "/healthz").body, R"({"status":"ok"})");
}

TEST_F(lifecycle_of_escrow, writes_its_port_where_it_is_asked_to) {
  restart({"--port-file", folder.path("port")});
  // The line on the standard output comes after the file.
  std::ifstream file(folder.path("port"));
  int written = 0;
  file >> written;
  EXPECT_EQ(written, port());
}

TEST_F(lifecycle_of_escrow, admin_routes_can_be_shut) {
  restart({"--admin", "off"});
  EXPECT_EQ(ask(port(), "GET", "/admin/books").status, 403);
  EXPECT_EQ(ask(port(), "GET", "/saga-barrier").status, 403);
  EXPECT_EQ(ask(port(), "GET", "/saga-barrier/").status, 403);
  EXPECT_EQ(ask(port(), "GET", "/healthz").status, 200);
  EXPECT_EQ(ask(port(), "POST", "/admin/faults", R"({"kind":"fail","rate":1})").status, 403);
  EXPECT_EQ(ask(port(), hold()).status, 200);
}

TEST_F(lifecycle_of_escrow, a_taken_port_is_told_in_one_line) {
  const finished second =
      run_to_end("escrow", {"--listen", "127.0.0.1:" + std::to_string(port()), "--database", folder.path("other.db")});
  EXPECT_EQ(second.code, 1);
  EXPECT_THAT(second.printed, testing::StartsWith("escrow: cannot listen on "));
}

TEST_F(lifecycle_of_escrow, a_second_process_on_its_database_ends_with_a_line_that_names_the_first) {
  const std::filesystem::path link = folder.path("link.db");
  std::filesystem::create_symlink(folder.path("escrow.db"), link);
  for (const std::string& path : {folder.path("escrow.db"), link.string()}) {
    const finished second = run_to_end("escrow", {"--listen", "127.0.0.1:0", "--database", path});
    EXPECT_EQ(second.code, 1);
    EXPECT_THAT(second.printed, testing::MatchesRegex("escrow: the database [^\n]* is in use by process " +
                                                      std::to_string(running->pid()) + ":[^\n]*\n"));
  }
  EXPECT_EQ(ask(port(), hold()).status, 200) << "the first goes on";
}

TEST_F(lifecycle_of_escrow, names_that_sqlite_takes_for_something_else_are_files) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  { const running_participant odd("escrow", ":memory:"); }
  std::filesystem::current_path(before);
  EXPECT_TRUE(std::filesystem::exists(folder.path(":memory:")));
}

TEST(lifecycle, the_help_teaches) {
  for (const char* name : {"escrow", "transfer", "rate"}) {
    const finished help = run_to_end(name, {"--help"});
    EXPECT_EQ(help.code, 0);
    EXPECT_THAT(help.printed, testing::AllOf(HasSubstr("--database"), HasSubstr("postgresql://"),
                                             HasSubstr("/admin/faults"), HasSubstr(name)));
  }
}

TEST(lifecycle, wrong_flags_are_told) {
  for (const std::vector<std::string>& flags : {std::vector<std::string>{"--listen", "nowhere"},
                                                {"--listen", "127.0.0.1:70000"},
                                                {"--sync", "sometimes"},
                                                {"--answer-later", "/v1/holds"},
                                                {"--no-such-flag"}}) {
    const finished end = run_to_end("escrow", flags);
    EXPECT_NE(end.code, 0) << flags[0];
    EXPECT_NE(end.printed, "") << flags[0];
  }
}

TEST(lifecycle, a_wrong_fault_or_database_is_told) {
  sagad::tests::temporary_folder folder;
  const finished fault = run_to_end("escrow", {"--listen", "127.0.0.1:0", "--database", folder.path("x.db"), "--faults",
                                               R"({"kind":"sulk","next":1})"});
  EXPECT_EQ(fault.code, 1);
  EXPECT_THAT(fault.printed, HasSubstr("answer_twice"));
  const finished database = run_to_end("escrow", {"--listen", "127.0.0.1:0", "--database", "/nonexistent/x.db"});
  EXPECT_EQ(database.code, 1);
  EXPECT_THAT(database.printed, HasSubstr("/nonexistent/x.db"));
}

}  // namespace
}  // namespace sagad::participants::test

#include "participants/escrow/escrow_service.hpp"
#include "participants/sdk/participant.hpp"
#include "tests/integration/participants/market.hpp"
#include "tests/support/hooked_vfs.hpp"

namespace sagad::participants::test {
namespace {

/// In a child process: the test's own file system under a whole participant.
[[noreturn]] void hold_on_a_failing_disk() {
  const sagad::tests::temporary_folder folder;
  sagad::tests::hooked_vfs files;
  settings how;
  how.database = folder.path("escrow.db");
  participant running(escrow_service(), how);
  ask(running.port(), "POST", "/admin/accounts", R"([{"account":"alice","balance":1000}])");
  files.fail_syncs(true);
  const heard said = ask(running.port(), saga_call{.path = "/v1/holds", .body = R"({"account":"alice","amount":250})"});
  std::fprintf(stderr, "it lives and says %d\n", said.status);
  std::_Exit(1);
}

TEST(failing_disk, ends_the_participant_with_a_line_before_it_answers) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(hold_on_a_failing_disk(), testing::ExitedWithCode(74), "the database cannot be trusted any more.*COMMIT");
}

}  // namespace
}  // namespace sagad::participants::test

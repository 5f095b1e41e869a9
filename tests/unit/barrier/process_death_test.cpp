#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/barrier/scratch_database.hpp"

namespace sagad::barrier::test {
namespace {

enum class death { before_commit, after_commit };

/// Makes the call in a child that dies without a word at the named place.
void call_and_die(const scratch_database& file, const call& of, const business_result& said, death where) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    connection db(file.options());
    hand_clock clock;
    guard barrier(db, {}, clock.reader());
    counted_business business(db);
    if (!db.begin()) _exit(2);
    barrier.enter(of, business.doing(of.of == operation::action ? "action" : "undo", said));
    if (where == death::after_commit) db.commit();
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

class barrier_process_death : public testing::Test {
 protected:
  answer call_again(const call& of, const std::string& body) {
    connection db(file.options());
    hand_clock clock;
    guard barrier(db, {}, clock.reader());
    counted_business business(db);
    const answer said =
        barrier.perform(of, business.doing(of.of == operation::action ? "action" : "undo", done_with(body)));
    actions = business.times("action");
    undos = business.times("undo");
    return said;
  }

  scratch_database file;
  std::int64_t actions = -1;
  std::int64_t undos = -1;
};

TEST_F(barrier_process_death, between_commit_and_answer_the_effect_stays_and_the_answer_is_kept) {
  call_and_die(file, action_call(), done_with("held"), death::after_commit);
  EXPECT_EQ(call_again(action_call(), "again").body, "held");
  EXPECT_EQ(actions, 1);
}

TEST_F(barrier_process_death, before_the_commit_nothing_has_happened) {
  call_and_die(file, action_call(), done_with("held"), death::before_commit);
  EXPECT_EQ(call_again(action_call(), "again").body, "again");
  EXPECT_EQ(actions, 1);
}

TEST_F(barrier_process_death, a_rejection_is_durable_before_it_is_answered) {
  call_and_die(file, action_call(), rejected_with("no"), death::after_commit);
  EXPECT_EQ(call_again(action_call(), "yes").body, "no");
  EXPECT_EQ(actions, 0);
}

TEST_F(barrier_process_death, an_undo_happens_once) {
  call_and_die(file, action_call(), done_with("held"), death::after_commit);
  call_and_die(file, compensation_call(), done_with("released"), death::after_commit);
  EXPECT_EQ(call_again(compensation_call(), "again").body, "released");
  EXPECT_EQ(undos, 1);
  EXPECT_EQ(call_again(action_call(), "again").status, 410);
  EXPECT_EQ(actions, 1);
}

}  // namespace
}  // namespace sagad::barrier::test

// A saga in whose replay the process died again and again is left alone.
#include "runtime/replay_guard.hpp"

#include <gtest/gtest.h>

#include <system_error>

#include "tests/support/temporary_folder.hpp"

namespace sagad::runtime {
namespace {

saga_id saga(int number) {
  return saga_id::make(1'700'000'000'000 + number, 3, static_cast<std::uint64_t>(number));
}

class replaying : public testing::Test {
 protected:
  std::string file() const { return folder_.path("replaying"); }
  /// A process that dies while it replays the saga.
  void die_in(const saga_id& one, std::size_t slot = 0) const { replay_guard(file()).begin(slot, one); }
  void die_often_in(const saga_id& one) const {
    for (std::uint32_t death = 0; death < replay_guard::deaths_max; ++death) die_in(one);
  }
  replay_guard::standing standing_of(const saga_id& one) const { return replay_guard(file()).standing_of(one); }
  bool poisoned(const saga_id& one) const { return standing_of(one) == replay_guard::standing::poisoned; }

 private:
  tests::temporary_folder folder_;
};

TEST_F(replaying, a_second_death_in_the_same_saga_makes_it_suspected_and_a_third_one_poisons_it_and_no_other) {
  using standing = replay_guard::standing;
  die_in(saga(1));
  EXPECT_EQ(standing_of(saga(1)), standing::good);
  die_in(saga(1));
  EXPECT_EQ(standing_of(saga(1)), standing::suspected);
  EXPECT_EQ(standing_of(saga(2)), standing::good);
  die_in(saga(1));
  EXPECT_TRUE(poisoned(saga(1)));
  EXPECT_FALSE(poisoned(saga(2)));
  EXPECT_TRUE(poisoned(saga(1))) << "and it stays so";
}

TEST_F(replaying, a_replay_that_ended_is_held_against_nobody) {
  die_in(saga(1));
  die_in(saga(1));
  {
    replay_guard guard(file());
    guard.begin(0, saga(1));
    guard.end(0);
  }
  die_in(saga(1));
  EXPECT_EQ(standing_of(saga(1)), replay_guard::standing::good) << "deaths count in a row";
}

TEST_F(replaying, each_reactor_has_its_own_note) {
  for (std::uint32_t death = 0; death < replay_guard::deaths_max; ++death) {
    replay_guard guard(file());
    guard.begin(0, saga(1));
    guard.begin(1, saga(2));
    guard.end(0);
  }
  EXPECT_FALSE(poisoned(saga(1)));
  EXPECT_TRUE(poisoned(saga(2)));
}

TEST_F(replaying, more_suspects_than_are_kept_push_out_those_with_fewest_deaths) {
  die_often_in(saga(0));
  for (int number = 1; number <= 200; ++number) die_in(saga(number));
  EXPECT_TRUE(poisoned(saga(0)));
  EXPECT_FALSE(poisoned(saga(200)));
}

TEST_F(replaying, a_note_of_another_size_begins_anew) {
  die_often_in(saga(1));
  std::filesystem::resize_file(file(), 7);
  EXPECT_EQ(standing_of(saga(1)), replay_guard::standing::good);
  die_often_in(saga(1));
  EXPECT_TRUE(poisoned(saga(1)));
}

TEST_F(replaying, a_note_that_cannot_be_kept_is_told_with_its_file) {
  try {
    const replay_guard guard(file() + "/none");
    FAIL() << "it was taken";
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find(file() + "/none"), std::string::npos);
  }
}

}  // namespace
}  // namespace sagad::runtime

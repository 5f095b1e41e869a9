#include "lifecycle/lifecycle.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

namespace {

using sagad::lifecycle::cell;
using sagad::lifecycle::is_backward;
using sagad::lifecycle::is_final;
using sagad::lifecycle::is_paused;
using sagad::lifecycle::is_phase;
using sagad::lifecycle::name;
using sagad::lifecycle::phase;
using sagad::lifecycle::step;
using sagad::lifecycle::trigger;

constexpr std::array<phase, 7> every_phase = {phase::forward,         phase::backward,  phase::paused_forward,
                                              phase::paused_backward, phase::completed, phase::compensated,
                                              phase::resolved};
constexpr std::array<trigger, 6> every_trigger = {trigger::all_done, trigger::turn_back, trigger::all_undone,
                                                  trigger::pause,    trigger::resume,    trigger::resolve};

// Short names, so that the table reads as one: F B PF PB are the open phases, - is an illegal move.
constexpr phase F = phase::forward;
constexpr phase B = phase::backward;
constexpr phase PF = phase::paused_forward;
constexpr phase PB = phase::paused_backward;
constexpr phase COMPL = phase::completed;
constexpr phase COMPS = phase::compensated;
constexpr phase RESOL = phase::resolved;
constexpr phase illegal = static_cast<phase>(0);

// clang-format off
constexpr phase expected[7][6] = {
  //                all_done  turn_back  all_undone  pause    resume   resolve
  /* forward     */ {COMPL  , B        , illegal   , PF     , illegal, RESOL  },
  /* backward    */ {illegal, illegal  , COMPS     , PB     , illegal, RESOL  },
  /* paused fwd  */ {illegal, PB       , illegal   , illegal, F      , RESOL  },
  /* paused back */ {illegal, illegal  , illegal   , illegal, B      , RESOL  },
  /* completed   */ {illegal, illegal  , illegal   , illegal, illegal, illegal},
  /* compensated */ {illegal, illegal  , illegal   , illegal, illegal, illegal},
  /* resolved    */ {illegal, illegal  , illegal   , illegal, illegal, illegal},
};
// clang-format on

TEST(lifecycle, every_phase_answers_every_trigger_as_the_table_says) {
  for (std::size_t row = 0; row < every_phase.size(); ++row) {
    for (std::size_t column = 0; column < every_trigger.size(); ++column) {
      const phase from = every_phase[row];
      const trigger on = every_trigger[column];
      const phase want = expected[row][column];
      const cell got = step(from, on);
      SCOPED_TRACE(std::string(name(from)) + " + " + std::string(name(on)));
      EXPECT_EQ(got.legal, want != illegal);
      EXPECT_EQ(got.next, want == illegal ? from : want);
    }
  }
}

TEST(lifecycle, a_final_phase_is_never_left) {
  for (const phase from : every_phase) {
    if (!is_final(from)) continue;
    for (const trigger on : every_trigger) {
      EXPECT_FALSE(step(from, on).legal) << name(from) << " + " << name(on);
      EXPECT_EQ(step(from, on).next, from) << name(from) << " + " << name(on);
    }
  }
}

TEST(lifecycle, backward_never_becomes_forward_by_any_sequence) {
  std::set<phase> reached = {phase::backward, phase::paused_backward};
  for (std::size_t before = 0; before != reached.size();) {
    before = reached.size();
    for (const phase from : std::set<phase>(reached)) {
      for (const trigger on : every_trigger) reached.insert(step(from, on).next);
    }
  }
  EXPECT_EQ(reached, (std::set<phase>{B, PB, COMPS, RESOL}));
}

TEST(lifecycle, a_saga_that_is_not_final_can_always_be_closed_by_hand) {
  for (const phase from : every_phase) {
    EXPECT_EQ(step(from, trigger::resolve).legal, !is_final(from)) << name(from);
  }
}

TEST(lifecycle, persisted_numbers_stand) {
  for (std::size_t at = 0; at < every_phase.size(); ++at) {
    EXPECT_EQ(static_cast<std::size_t>(every_phase[at]), at + 1) << name(every_phase[at]);
  }
  for (std::size_t at = 0; at < every_trigger.size(); ++at) {
    EXPECT_EQ(static_cast<std::size_t>(every_trigger[at]), at + 1) << name(every_trigger[at]);
  }
}

TEST(lifecycle, a_number_without_a_name_is_illegal_and_unchanged) {
  for (int number = 0; number < 256; ++number) {
    const auto byte = static_cast<std::uint8_t>(number);
    const bool known_phase = number >= 1 && number <= 7;
    EXPECT_EQ(is_phase(byte), known_phase) << number;
    EXPECT_EQ(name(static_cast<phase>(byte)) == "?", !known_phase) << number;
    if (!known_phase) {
      const cell got = step(static_cast<phase>(byte), trigger::resolve);
      EXPECT_FALSE(got.legal) << number;
      EXPECT_EQ(got.next, static_cast<phase>(byte)) << number;
    }
    const bool known_trigger = number >= 1 && number <= 6;
    EXPECT_EQ(name(static_cast<trigger>(byte)) == "?", !known_trigger) << number;
    if (!known_trigger) {
      const cell got = step(phase::forward, static_cast<trigger>(byte));
      EXPECT_FALSE(got.legal) << number;
      EXPECT_EQ(got.next, phase::forward) << number;
    }
  }
}

TEST(lifecycle, direction_hold_and_end_are_read_from_the_phase) {
  // clang-format off
  struct { phase of; bool final; bool backward; bool paused; } const rows[] = {
    {F    , false, false, false},
    {B    , false, true , false},
    {PF   , false, false, true },
    {PB   , false, true , true },
    {COMPL, true , false, false},
    {COMPS, true , false, false},
    {RESOL, true , false, false},
  };
  // clang-format on
  for (const auto& row : rows) {
    EXPECT_EQ(is_final(row.of), row.final) << name(row.of);
    EXPECT_EQ(is_backward(row.of), row.backward) << name(row.of);
    EXPECT_EQ(is_paused(row.of), row.paused) << name(row.of);
  }
}

}  // namespace

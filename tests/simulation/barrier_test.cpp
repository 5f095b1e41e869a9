// The barrier of the simulated participants is a model. It is held against the barrier that participants link: the same
// calls in the same order get the same answers, and have the same effects.
#include "compensations/barrier/guard.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/participant.hpp"
#include "tests/support/temporary_folder.hpp"

namespace sagad::simulation {
namespace {

using engine::outcome;
using engine::side;

outcome same_outcome(barrier::outcome what) {
  switch (what) {
    case barrier::outcome::done: return outcome::done;
    case barrier::outcome::rejected: return outcome::rejected;
    case barrier::outcome::in_progress: return outcome::in_progress;
    case barrier::outcome::refused: return outcome::refused;
    case barrier::outcome::differs: return outcome::differs;
    case barrier::outcome::failed: return outcome::failed;
  }
  return outcome::absent;
}

/// One step of one saga, at the model and at the real barrier.
class both {
 public:
  both(std::uint64_t seed, barrier::connection& db)
      : world_(seed),
        model_(
            world_, books_, {}, [this](const late_said& what) { late_.push_back(what); }, defect::none),
        db_(db),
        real_(db, {}, [this] { return world_.now(); }) {
    saga_ = saga_id::make(world_.now(), 1, seed);
  }

  void call_at_random() {
    auto& dice = world_.random;
    request asked;
    asked.saga = saga_;
    asked.step = "s";
    asked.side = world_.chance(750) ? side::action : side::compensation;
    asked.generation = 1 + static_cast<std::uint32_t>(dice.below(3));
    asked.attempt = ++attempts_;
    asked.content.bytes[0] = static_cast<unsigned char>(world_.chance(150));
    // A compensation that is answered later is a thing of the model's: the barrier that is linked has none.
    asked.late = asked.side == side::action ? definition::late_answer::callback : definition::late_answer::none;
    asked.callback = std::to_string(asked.generation);
    world_.weather.late = world_.chance(300) ? 1000 : 0;
    world_.weather.rejects = world_.chance(300) ? 1000 : 0;
    world_.weather.job_fails = world_.chance(300) ? 1000 : 0;
    compare(asked);
    if (world_.chance(500)) let_jobs_end();
  }

  void let_jobs_end() {
    while (!world_.empty()) step();
    // What did not tell anybody was not awaited any more.
    for (const auto& asked : std::exchange(accepted_, {})) {
      EXPECT_FALSE(finish(asked, {.what = barrier::decision::done, .status = 200, .body = "null"})) << told_;
    }
  }

  std::size_t effects() const { return books_.of(saga_).size(); }
  bool same_effects() const { return effects() == effects_; }
  const std::string& told() const noexcept { return told_; }

 private:
  void compare(const request& asked) {
    std::optional<said> model;
    model_.handle(asked, [&model](std::optional<said> what) { model = std::move(what); });
    while (!model) step();
    told_ +=
        text_of(asked) + (asked.content.bytes[0] != 0 ? " other" : "") + ": " + std::to_string(model->status) + "\n";
    const auto real = real_.perform(call_of(asked), [&] { return as_the_model(asked, *model); });
    EXPECT_EQ(real.status, model->status) << told_;
    // 202 says all by itself.
    EXPECT_EQ(model->status == 202 ? outcome::in_progress : model->outcome, same_outcome(real.what)) << told_;
    const bool of_the_business = model->status == 200 || model->outcome == outcome::rejected;
    EXPECT_TRUE(asked.side == side::compensation || !of_the_business || real.body == model->body) << told_;
    EXPECT_TRUE(same_effects()) << told_;
  }

  // The business is the same at both, and decides what it was made to.
  barrier::business_result as_the_model(const request& asked, const said& model) {
    if (asked.side == side::compensation) {
      ++effects_;
      return {.what = barrier::decision::done, .status = 200, .body = "null"};
    }
    if (world_.weather.late != 0) {
      accepted_.push_back(asked);
      return {.what = barrier::decision::accepted, .status = 202, .body = "null"};
    }
    if (world_.weather.rejects != 0) {
      return {.what = barrier::decision::rejected, .status = model.status, .body = model.body};
    }
    ++effects_;
    return {.what = barrier::decision::done, .status = 200, .body = model.body};
  }

  void step() {
    world_.step();
    for (const auto& what : std::exchange(late_, {})) end_job(what);
  }

  void end_job(const late_said& what) {
    told_ += "its job of generation " + what.token + " ends\n";
    const auto found = std::find_if(accepted_.begin(), accepted_.end(),
                                    [&what](const request& one) { return one.callback == what.token; });
    ASSERT_NE(found, accepted_.end()) << told_;
    const auto asked = *found;
    accepted_.erase(found);
    if (what.outcome == outcome::failed) {
      ASSERT_TRUE(db_.begin());
      EXPECT_TRUE(real_.abandon(call_of(asked))) << told_;
      db_.commit();
      return;
    }
    const bool done = what.outcome == outcome::done;
    effects_ += done ? 1 : 0;
    const auto real = finish(asked, {.what = done ? barrier::decision::done : barrier::decision::rejected,
                                     .status = done ? 200 : 409,
                                     .body = what.body});
    ASSERT_TRUE(real) << told_;
    EXPECT_EQ(same_outcome(real->what), what.outcome) << told_;
    EXPECT_TRUE(same_effects()) << told_;
  }

  std::optional<barrier::answer> finish(const request& asked, const barrier::business_result& result) {
    if (!db_.begin()) return std::nullopt;
    auto real = real_.finish(call_of(asked), [&] { return result; });
    db_.commit();
    return real;
  }

  static barrier::call call_of(const request& asked) {
    return {.saga = asked.saga.text(),
            .step = asked.step,
            .of = asked.side == side::action ? barrier::operation::action : barrier::operation::compensation,
            .generation = asked.generation,
            .request_digest = std::to_string(asked.content.bytes[0])};
  }

  world world_;
  ledger books_;
  std::vector<late_said> late_;
  participant model_;
  barrier::connection& db_;
  barrier::guard real_;
  saga_id saga_;
  std::uint32_t attempts_ = 0;
  std::size_t effects_ = 0;        ///< at the real one
  std::vector<request> accepted_;  ///< whose job has not ended
  std::string told_;
};

TEST(simulated_barrier, answers_as_the_one_that_participants_link_and_lets_through_the_same) {
  const tests::temporary_folder folder(tests::temporary_folder::on::memory);
  barrier::connection db({.place = folder.path("barrier.db"), .sync = barrier::durability::normal});
  constexpr std::uint64_t sagas = 2000;
  std::size_t with_effects = 0;
  for (std::uint64_t seed = 1; seed <= sagas && !HasFailure(); ++seed) {
    both one(seed, db);
    for (int call = 0; call < 12 && !HasFailure(); ++call) one.call_at_random();
    one.let_jobs_end();
    EXPECT_TRUE(one.same_effects()) << seed << ":\n" << one.told();
    with_effects += one.effects() != 0 ? 1 : 0;
  }
  EXPECT_GT(with_effects, sagas / 4);
}

}  // namespace
}  // namespace sagad::simulation

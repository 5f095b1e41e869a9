// Whoever looks at a run sees what is wrong: each test shows a course of things that breaks one invariant, and what
// must be said of it. I6 and I7 are about a whole run: defects_test.cpp has a run that breaks each of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "journal/memory/store.hpp"
#include "records/codec.hpp"
#include "tests/simulation/expect_violation.hpp"
#include "tests/simulation/judge.hpp"
#include "tests/support/played_saga.hpp"

namespace sagad::simulation {
namespace {

using engine::cause;
using engine::side;
using engine::verdict;
using tests::action;
using tests::undo;
using kind = definition::step_kind;

constexpr std::uint64_t epoch_of_the_first = 1;

/// A saga of three steps, one after the other: compensatable twice, then retriable. What is recorded the inspector
/// sees, as it is or as somebody has changed it.
class oracle : public testing::Test {
 protected:
  oracle() : saga_(definition()), inspector_(world_, books_, [this](const digest&) { return saga_.now().definition; }) {
    books_.tell([this](const request& of) { inspector_.takes_effect(of); });
    inspector_.begin_life(epoch_of_the_first, tests::t0);
  }

  static definition::definition_ptr definition() {
    tests::definition_builder builder;
    const auto first = builder.add(kind::compensatable);
    const auto second = builder.add(kind::compensatable, {first});
    builder.add(kind::retriable, {second});
    builder.action(first).retry.attempts_max = 3;
    return builder.build();
  }

  const saga_id& id() const { return saga_.now().id; }
  journal::stored_record stored(const engine::record& record) {
    journal::stored_record made{id(), ++position_, record.seq, {}};
    records::encode(record, made.bytes, newest_record_format());
    return made;
  }
  /// What was recorded since the last time.
  void show() {
    for (; shown_ < saga_.records().size(); ++shown_) inspector_.take(stored(saga_.records()[shown_]));
  }
  void show_changed(const std::function<void(engine::record&)>& change) {
    auto record = saga_.records().at(shown_++);
    change(record);
    inspector_.take(stored(record));
  }

  request asked(engine::operation_id operation) const {
    request made;
    made.saga = id();
    made.step = saga_.now().definition->steps[operation.step].name;
    made.side = operation.side;
    made.epoch = epoch_of_the_first;
    if (const auto* open = saga_.now().find(operation)) {
      made.generation = open->generation;
      made.attempt = open->attempt;
      std::copy(open->request.bytes.begin(), open->request.bytes.end(), made.content.bytes.begin());
    }
    return made;
  }
  void begins(const request& of) {
    inspector_.begins(
        of, engine::declared(*saga_.now().definition, {*saga_.now().definition->find(of.step), of.side}).timeout_ms);
  }
  /// Called, written, done there, answered and recorded.
  void runs(engine::operation_id operation) {
    begins(asked(operation));
    inspector_.writes(asked(operation));
    books_.happen(asked(operation));
    saga_.answer(operation, verdict::done);
    show();
  }
  void fails(engine::operation_id operation, verdict how, cause why) {
    inspector_.writes(asked(operation));
    saga_.answer(operation, how, why);
    saga_.moment.at = std::max(saga_.moment.at, next_at(operation));
  }
  millis next_at(engine::operation_id operation) const {
    const auto* open = saga_.now().find(operation);
    return open == nullptr || open->next_at == never ? 0 : open->next_at;
  }
  void started() {
    saga_.start();
    show();
  }

  static runtime::saga_answer told(const engine::saga& saga) {
    runtime::saga_answer answer;
    answer.id = saga.id;
    answer.state = engine::shown_state(saga);
    answer.seq = saga.seq;
    answer.final = saga.final();
    return answer;
  }

  world world_{1};
  ledger books_;
  tests::played_saga saga_;
  inspector inspector_;
  journal::position position_ = 0;
  std::size_t shown_ = 0;
};

TEST_F(oracle, says_nothing_of_a_saga_that_is_completed) {
  started();
  runs(action(0));
  runs(action(1));
  runs(action(2));
  inspector_.told(told(saga_.now()));
  judge_end(*inspector_.find(id()), books_);
}

TEST_F(oracle, says_nothing_of_a_saga_that_is_compensated) {
  started();
  runs(action(0));
  saga_.answer(action(1), verdict::rejected, cause::rejected);
  show();
  runs(undo(0));
  EXPECT_EQ(saga_.shown(), "compensated");
  judge_end(*inspector_.find(id()), books_);
}

TEST_F(oracle, finds_a_saga_that_is_completed_without_an_effect_as_soon_as_it_is) {
  started();
  runs(action(0));
  runs(action(1));
  saga_.answer(action(2), verdict::done);
  expect_violation("I1: completed without an effect", [this] { show(); });
}

TEST_F(oracle, finds_a_saga_that_is_completed_and_undone) {
  started();
  runs(action(0));
  runs(action(1));
  runs(action(2));
  books_.tell({});
  books_.happen(asked(undo(1)));
  expect_violation("I1: completed, and undone", [this] { judge_end(*inspector_.find(id()), books_); });
}

TEST_F(oracle, finds_an_effect_that_happens_twice) {
  started();
  runs(action(0));
  expect_violation("I1/I2: takes effect twice", [this] { books_.happen(asked(action(0))); });
}

TEST_F(oracle, finds_an_effect_that_stays_of_a_saga_that_is_compensated) {
  started();
  runs(action(0));
  saga_.answer(action(1), verdict::rejected, cause::rejected);
  show();
  saga_.answer(undo(0), verdict::done);
  expect_violation("I2: compensated, and an effect stays", [this] { show(); });
}

TEST_F(oracle, finds_steps_that_are_undone_in_the_order_in_which_they_were_done) {
  started();
  runs(action(0));
  runs(action(1));
  saga_.command(engine::command_name::compensate, true);
  show();
  const auto& known = *inspector_.find(id());
  const auto early = asked(undo(0));
  expect_violation("I5: not released durably", [&] { begins(early); });
  books_.tell({});
  books_.happen(early);
  books_.happen(asked(undo(1)));
  auto undone = known.saga;
  undone.phase = lifecycle::phase::compensated;
  expect_violation("I2: undone in forward order", [&] { judge_final(undone, books_); });
}

TEST_F(oracle, finds_a_compensation_without_its_action_and_an_action_after_its_compensation) {
  started();
  expect_violation("I3: a compensation takes effect without its action", [this] { books_.happen(asked(undo(0))); });
  expect_violation("I3: an action after its compensation", [this] { books_.happen(asked(action(0))); });
}

TEST_F(oracle, finds_calls_of_the_other_direction) {
  started();
  const auto late = asked(action(0));
  saga_.command(engine::command_name::compensate);
  show();
  expect_violation("I3: an action on the way back", [&] { begins(late); });
}

TEST_F(oracle, finds_what_is_told_and_not_durable_or_changes) {
  saga_.start();
  expect_violation("I4: told of a saga that is not durable", [this] { inspector_.told(told(saga_.now())); });
  show();
  auto ahead = told(saga_.now());
  ++ahead.seq;
  expect_violation("I4: told of a record that is not durable", [&] { inspector_.told(ahead); });
  runs(action(0));
  inspector_.told(told(saga_.now()));
  auto behind = told(saga_.now());
  --behind.seq;
  expect_violation("I4: what was told is not there any more", [&] { inspector_.told(behind); });
  runs(action(1));
  runs(action(2));
  inspector_.told(told(saga_.now()));
  auto other = *inspector_.find(id());
  other.told_outcome = "compensated";
  expect_violation("I4: the outcome that was told", [&] { judge_end(other, books_); });
}

TEST_F(oracle, finds_records_that_the_journal_has_lost_or_changed) {
  started();
  journal::memory::store kept;
  expect_violation("I4: what was durable is not there any more", [&] { inspector_.hold_against(kept); });
  const auto appender = kept.make_appender([] {});
  journal::entry entry;
  entry.saga = id();
  entry.position = 1;
  entry.epoch = kept.opened().epoch;
  entry.seq = 1;
  entry.bytes = "another";
  appender->append(entry);
  appender->submit(true);
  expect_violation("I4: what was durable is another", [&] { inspector_.hold_against(kept); });
}

/// A saga that is over and gone from the journal, its key too: whoever looks complains of that key when all else is
/// well.
class oracle_of_an_archive : public oracle {
 protected:
  oracle_of_an_archive() {
    shelf_.begin_life(threads_);
    started();
    for (step_no step = 0; step < 3; ++step) runs(action(step));
    world_.move_to(world_.now() + 100'000);
    for (const auto& record : saga_.records()) {
      auto& made = history_.emplace_back(stored(record));
      made.position -= saga_.records().size();
    }
  }
  void archive(std::uint64_t number, const archive_shelf::history& records) {
    shelf_.begin(number, 0);
    shelf_.add(records);
    shelf_.finish();
  }
  void complains(const std::string& of) {
    expect_violation(of, [this] { inspector_.hold_against(kept_); });
  }

  journal::memory::store kept_{journal::retention{50'000, never}};
  fibers threads_{world_};
  archive_shelf shelf_{world_};
  archive_shelf::history history_;
};

TEST_F(oracle_of_an_archive, finds_a_history_that_is_gone_before_its_time) {
  complains("I4: a key is not found");
  inspector_.keep_longer({{"another", never}});
  complains("I4: a key is not found");
  inspector_.keep_longer({{saga_.now().definition->name, 200'000}});
  complains("I4: records of a saga are not found");
}

TEST_F(oracle_of_an_archive, finds_a_history_that_is_gone_and_is_not_in_it_whole_and_once) {
  inspector_.archive_on(shelf_);
  complains("I4: gone, and not archived");
  shelf_.begin(1, 0);
  shelf_.add(history_);
  complains("I4: gone, and not archived");
  archive(2, {history_.begin(), history_.end() - 1});
  complains("I4: archived, and not as it was");
  archive(2, history_);
  complains("I4: a key is not found");
  archive(3, history_);
  complains("I4: archived twice");
}

TEST_F(oracle_of_an_archive, finds_a_piece_that_goes_on_after_it_has_failed) {
  shelf_.begin(1, 0);
  expect_violation("the archive: a saga twice in a piece", [this] {
    shelf_.add(history_);
    shelf_.add(history_);
  });
  world_.weather.archive_fails = 1000;
  EXPECT_ANY_THROW(shelf_.begin(1, 0));
  world_.weather.archive_fails = 0;
  expect_violation("the archive: a piece that failed goes on", [this] { shelf_.add(history_); });
  expect_violation("the archive: a piece that failed is finished", [this] { shelf_.finish(); });
}

TEST_F(oracle, finds_two_sagas_of_one_key) {
  started();
  auto first = stored(saga_.records().front());
  first.saga = saga_id::make(tests::t0, 8, 1);
  expect_violation("I4: two sagas of one key", [&] { inspector_.take(first); });
}

TEST_F(oracle, finds_a_late_answer_that_is_acknowledged_and_not_recorded) {
  started();
  const runtime::callback_target target{id(), action(0), 1};
  expect_violation("I4: a late answer is acknowledged and not recorded",
                   [&] { inspector_.acknowledged(target, engine::outcome::done, 0); });
  inspector_.acknowledged(target, engine::outcome::failed, 0);
  saga_.answer(action(0), verdict::accepted);
  show();
  inspector_.acknowledged(target, engine::outcome::failed, 0);
  expect_violation("I4: a late answer is acknowledged and not recorded",
                   [&] { inspector_.acknowledged(target, engine::outcome::failed, 1); });
  books_.happen(asked(action(0)));
  saga_.answer(action(0), verdict::done);
  show();
  inspector_.acknowledged(target, engine::outcome::done, 1);
}

TEST_F(oracle, finds_calls_before_they_are_durable_and_before_their_turn) {
  saga_.start();
  expect_violation("I5: a call for a saga that is not durable", [this] { begins(asked(action(0))); });
  show();
  expect_violation("I5: not released durably", [this] { begins(asked(action(1))); });
  auto ahead = asked(action(0));
  ++ahead.attempt;
  expect_violation("I5: not the attempt that is durable", [&] { begins(ahead); });
  auto other = asked(action(0));
  other.content = digest_of("other");
  expect_violation("I5: other bytes than were released", [&] { begins(other); });
  saga_.answer(action(0), verdict::done);
  show_changed([](engine::record& record) { record.released.front().operation = action(2); });
  auto early = asked(action(1));
  early.step = "s2";
  expect_violation("I5: before what it depends on is done", [&] { begins(early); });
}

TEST_F(oracle, finds_an_attempt_that_goes_out_twice) {
  started();
  inspector_.writes(asked(action(0)));
  expect_violation("an attempt's number goes out twice", [this] { inspector_.writes(asked(action(0))); });
}

TEST_F(oracle, finds_another_state_than_the_records_say) {
  started();
  auto other = told(saga_.now());
  other.state = "stuck";
  expect_violation("I8: told another state than the records say", [&] { inspector_.told(other); });
  expect_violation("I8: ", [this] { inspector_.take({id(), 9, 2, "no record"}); });
}

TEST_F(oracle, finds_who_is_not_the_owner) {
  started();
  expect_violation("I9: an epoch that does not rise", [this] { inspector_.begin_life(epoch_of_the_first, tests::t0); });
  inspector_.begin_life(2, tests::t0);
  expect_violation("I9: called under another epoch", [this] { begins(asked(action(0))); });
  auto of_the_second = asked(action(0));
  of_the_second.epoch = 2;
  expect_violation("I9: called before its new owner has written", [&] { begins(of_the_second); });
  saga_.give(engine::recovery{1});
  expect_violation("I9: taken over under another epoch", [this] { show(); });
}

TEST_F(oracle, finds_who_goes_on_in_a_partition_that_is_lost) {
  started();
  inspector_.lose(id().partition(), position_ + 1);
  inspector_.core_was_told();
  expect_violation("I9: called by who is not the owner any more", [this] { begins(asked(action(0))); });
  expect_violation("I9: bytes of who is not the owner any more", [this] { inspector_.writes(asked(action(0))); });
  saga_.answer(action(0), verdict::done);
  expect_violation("I9: a record of who is not the owner any more", [this] { show(); });
}

TEST_F(oracle, finds_effects_that_no_record_accounts_for) {
  started();
  expect_violation("I9: an effect that the records do not account for", [this] { books_.happen(asked(action(1))); });
  expect_violation("I9: an effect that the records do not account for",
                   [this] { judge_end(*inspector_.find(id()), books_); });
}

TEST_F(oracle, finds_an_effect_of_what_was_recorded_as_rejected) {
  started();
  const auto late = asked(action(0));
  saga_.answer(action(0), verdict::rejected, cause::rejected);
  show();
  expect_violation("I9: an effect that the records do not account for", [&] { books_.happen(late); });
}

TEST_F(oracle, finds_money_that_is_made) {
  started();
  expect_violation("I3: ", [this] { books_.happen(asked(undo(1))); });
  expect_violation("I10: money was made or lost", [this] { judge_end(*inspector_.find(id()), books_); });
  expect_violation("I10: money was made or lost", [this] { books_.happen(asked(action(0))); });
}

TEST_F(oracle, finds_an_operation_that_takes_effect_in_two_generations) {
  started();
  runs(action(0));
  auto edited = asked(action(0));
  edited.generation = 2;
  expect_violation("I11: two generations", [&] { books_.happen(edited); });
}

TEST_F(oracle, finds_an_answer_of_another_generation) {
  started();
  saga_.answer(action(0), verdict::done);
  expect_violation("I11: an answer of another generation is taken",
                   [this] { show_changed([](engine::record& record) { record.events.front().generation = 2; }); });
}

TEST_F(oracle, finds_a_call_before_its_time) {
  started();
  fails(action(0), verdict::unknown, cause::cut);
  show();
  expect_violation("I5: called before its time", [&] { begins(asked(action(0))); });
}

TEST_F(oracle, finds_a_deadline_that_is_judged_before_what_was_lost_is_asked_again) {
  started();
  inspector_.begin_life(2, tests::t0);
  saga_.give(engine::recovery{2});
  show();
  saga_.command(engine::command_name::compensate);
  expect_violation("a deadline is judged before what was lost was asked again", [this] {
    show_changed([](engine::record& record) {
      for (auto& event : record.events) {
        if (event.what == engine::fact::turned_back) event.why = cause::deadline;
      }
    });
  });
}

TEST_F(oracle, finds_records_that_do_not_follow_one_another) {
  started();
  saga_.answer(action(0), verdict::done);
  expect_violation("I12: record 3", [this] { show_changed([](engine::record& record) { record.seq = 3; }); });
  auto behind = stored(saga_.records().back());
  behind.position = 1;
  expect_violation("I12: a position that does not rise", [&] { inspector_.take(behind); });
}

TEST_F(oracle, finds_a_budget_that_ends_early) {
  started();
  fails(action(0), verdict::unknown, cause::cut);
  expect_violation("a budget ends before it is spent", [this] {
    show_changed([](engine::record& record) {
      auto& event = record.events.emplace_back();
      event.what = engine::fact::turned_back;
      event.operation = action(0);
      event.why = cause::budget_spent;
      record.phase_after = lifecycle::phase::backward;
    });
  });
}

TEST_F(oracle, finds_a_budget_that_does_not_end) {
  started();
  for (int attempt = 0; attempt < 2; ++attempt) {
    fails(action(0), verdict::unknown, cause::cut);
    show();
  }
  fails(action(0), verdict::unknown, cause::cut);
  expect_violation("a budget is spent and does not end", [this] {
    show_changed([](engine::record& record) {
      record.events.resize(1);
      record.phase_after = lifecycle::phase::forward;
      record.released.clear();
    });
  });
}

TEST_F(oracle, finds_an_attempt_that_is_spent_and_was_not_written) {
  started();
  saga_.answer(action(0), verdict::unknown, cause::cut);
  expect_violation("an attempt is spent of which no byte was written", [this] { show(); });
}

TEST_F(oracle, finds_a_wait_that_was_asked_for_and_is_not_kept) {
  started();
  constexpr millis a_second = 1000;
  inspector_.asked_to_wait(asked(action(0)), a_second);
  fails(action(0), verdict::busy, cause::busy);
  expect_violation("a Retry-After is not kept", [this] { show(); });
}

}  // namespace
}  // namespace sagad::simulation

#include "tests/simulation/participant.hpp"

#include "base/probe.hpp"

namespace sagad::simulation {

using engine::outcome;
using engine::side;

said participant::with(int status, outcome said_outcome, std::string body) const {
  said answer;
  answer.status = status;
  if (manner_.says_outcome) answer.outcome = said_outcome;
  answer.body = std::move(body);
  return answer;
}

said participant::busy() {
  constexpr int statuses[] = {425, 429, 503};
  auto answer = with(statuses[world_.random.below(3)], outcome::absent);
  if (answer.status == 503 || world_.chance(300)) answer.retry_after_ms = world_.random.between(0, 3) * 1000;
  return answer;
}

// Somebody is at work on this row.
said participant::still_at_it() const {
  if (!manner_.says_outcome || !world_.chance(300)) return with(425, outcome::absent);
  SAGAD_PROBE("simulated: a participant answers 409, and that it is in progress");
  return with(409, outcome::in_progress);
}

std::optional<said> participant::failure() {
  if (world_.chance(300)) return std::nullopt;
  constexpr int statuses[] = {500, 502, 504, 408, 418};
  return with(statuses[world_.random.below(5)], outcome::absent);
}

void participant::handle(const request& asked, reply tell) {
  if (world_.strikes<&weather::fails_before>()) return tell(failure());
  if (world_.strikes<&weather::busy>()) return tell(busy());
  if (asked.poll) return tell(look(asked, row_of(asked)));
  if (asked.side == side::compensation && world_.strikes<&weather::confused>()) {
    return tell(with(409, outcome::rejected));
  }
  auto& at = row_of(asked);
  if (at.locked_until > world_.now()) {
    const bool earlier_attempt = at.at_work.side == asked.side && at.at_work.attempt < asked.attempt;
    if (manner_.gateway && earlier_attempt) {
      SAGAD_PROBE("simulated: a gateway answers 409 while an earlier attempt is at work");
      return tell(with(409, outcome::absent));
    }
    if (world_.chance(300)) return tell(still_at_it());
    const auto wait = at.locked_until - world_.now();
    world_.after(wait, [this, asked, tell = std::move(tell)]() mutable { handle(asked, std::move(tell)); });
    return;
  }
  const auto takes = world_.strikes<&weather::slow>() ? world_.random.between(100, 3000) : world_.random.between(0, 3);
  at.locked_until = world_.now() + takes;
  at.at_work = asked;
  world_.after(takes, [this, asked, tell = std::move(tell)]() mutable { work(asked, std::move(tell)); });
}

void participant::work(const request& asked, reply tell) {
  row_of(asked).locked_until = 0;
  auto answer = transact(asked);
  if (world_.verbose) world_.say("participant " + text_of(asked) + " says " + std::to_string(answer.status));
  if (world_.strikes<&weather::fails_after>()) return tell(failure());
  tell(std::move(answer));
}

said participant::transact(const request& asked) {
  auto& at = row_of(asked);
  if (manner_.by != guard::barrier) return do_unguarded(asked, at);
  return asked.side == side::action ? act(asked, at) : compensate(asked, at);
}

said participant::do_unguarded(const request& asked, row& at) {
  if (asked.side == side::compensation) {
    if (at.state == state::done) books_.happen_unguarded(asked, false);
    at.state = state::none;
    at.asked_to_undo = true;
    return with(200, outcome::absent);
  }
  if (at.state == state::done) {
    if (manner_.by == guard::own_key) return at.answer;
    SAGAD_PROBE("simulated: what is done is rejected when it is asked again");
    return with(409, outcome::absent);
  }
  if (world_.strikes<&weather::rejects>()) {
    at.state = state::rejected;
    return with(world_.chance(500) ? 409 : 422, outcome::absent);
  }
  const bool was_rejected = at.state == state::rejected;
  if (was_rejected) SAGAD_PROBE("simulated: what was rejected is done when it is asked again");
  if (at.asked_to_undo) SAGAD_PROBE("simulated: an action comes after its compensation, where no barrier is");
  at.state = state::done;
  books_.happen_unguarded(asked, at.asked_to_undo || (was_rejected && asked.twin));
  at.answer = with(200, outcome::absent, "{\"v\":" + std::to_string(world_.random.below(1000)) + "}");
  return at.answer;
}

said participant::act(const request& asked, row& at) {
  // An accepted job that failed leaves its generation: what was rejected before it must not run after it.
  if (at.state == state::none && asked.generation < at.generation) return with(410, outcome::refused);
  if (at.state == state::none) return run(asked, at);
  if (at.state == state::undone) {
    if (has(defect_, defect::barrier_forgets_undoing)) return run(asked, at);
    return with(410, outcome::refused);
  }
  if (asked.generation < at.generation) return with(410, outcome::refused);
  if (asked.generation > at.generation) {
    if (at.state == state::rejected) return run(asked, at);
    return at.state == state::accepted ? with(425, outcome::in_progress) : with(412, outcome::differs);
  }
  if (asked.content != at.content) return with(412, outcome::differs);
  if (at.state == state::rejected && has(defect_, defect::barrier_forgets_rejections)) return run(asked, at);
  return at.answer;
}

said participant::run(const request& asked, row& at) {
  at.generation = asked.generation;
  at.content = asked.content;
  if (asked.late != definition::late_answer::none && world_.strikes<&weather::late>()) {
    at.state = state::accepted;
    at.answer = with(202, outcome::absent);
    if (asked.late == definition::late_answer::poll) at.answer.location = "/jobs/" + asked.step;
    if (world_.chance(300) && manner_.says_outcome) at.answer.outcome = outcome::in_progress;
    accept(asked);
    return at.answer;
  }
  if (world_.strikes<&weather::rejects>()) {
    at.state = state::rejected;
    at.answer = with(world_.chance(500) ? 409 : 422, outcome::rejected, "{\"no\":true}");
    return at.answer;
  }
  at.state = state::done;
  books_.happen(asked);
  at.answer = with(200, outcome::done, "{\"v\":" + std::to_string(world_.random.below(1000)) + "}");
  return at.answer;
}

said participant::compensate(const request& asked, row& at) {
  if (at.state == state::undone) return at.undo_answer;
  const bool effective =
      at.state == state::done || (at.state == state::rejected && has(defect_, defect::barrier_undoes_rejections));
  if (effective && asked.late != definition::late_answer::none && world_.strikes<&weather::late>()) {
    if (!at.undo_pending) accept(asked);
    at.undo_pending = true;
    auto answer = with(202, outcome::absent);
    if (asked.late == definition::late_answer::poll) answer.location = "/jobs/" + asked.step;
    return answer;
  }
  if (effective) books_.happen(asked);
  at.state = state::undone;
  at.undo_answer = with(200, outcome::done);
  return at.undo_answer;
}

said participant::look(const request& asked, const row& at) const {
  if (asked.side == side::compensation) {
    if (at.state == state::undone) return at.undo_answer;
    return at.undo_pending ? with(202, outcome::absent) : with(404, outcome::absent);
  }
  switch (at.state) {
    case state::accepted: return with(202, outcome::absent);
    case state::done:
    case state::rejected: return at.answer;
    case state::none:
    case state::undone: break;
  }
  return with(404, outcome::absent);
}

void participant::accept(const request& asked) {
  // Some are done so soon that the late answer overtakes the 202.
  const auto takes = world_.chance(300) ? 0 : world_.random.between(0, world_.chance(200) ? 9000 : 400);
  world_.after(takes, [this, asked] {
    if (asked.side == side::action) {
      finish_action(asked);
    } else {
      finish_undo(asked);
    }
  });
}

void participant::finish_action(const request& asked) {
  auto& at = row_of(asked);
  // The job's own commit reads the row again.
  if (at.state != state::accepted || at.generation != asked.generation) return;
  if (world_.strikes<&weather::job_fails>()) {
    at.state = state::none;
    return tell_late(asked, outcome::failed, "null");
  }
  if (world_.strikes<&weather::rejects>()) {
    at.state = state::rejected;
    at.answer = with(409, outcome::rejected);
    return tell_late(asked, outcome::rejected, "null");
  }
  at.state = state::done;
  books_.happen(asked);
  at.answer = with(200, outcome::done, "{\"v\":" + std::to_string(world_.random.below(1000)) + "}");
  tell_late(asked, outcome::done, at.answer.body);
}

void participant::finish_undo(const request& asked) {
  auto& at = row_of(asked);
  at.undo_pending = false;
  if (at.state != state::done) return;
  if (world_.strikes<&weather::job_fails>()) return tell_late(asked, outcome::failed, "null");
  books_.happen(asked);
  at.state = state::undone;
  at.undo_answer = with(200, outcome::done);
  tell_late(asked, outcome::done, "null");
}

void participant::tell_late(const request& asked, outcome what, const std::string& body) {
  if (asked.late != definition::late_answer::callback || asked.callback.empty()) return;
  call_back_({asked.callback, what, body});
}

}  // namespace sagad::simulation

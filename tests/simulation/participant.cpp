#include "tests/simulation/participant.hpp"

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
    if (manner_.gateway && earlier_attempt) return tell(with(409, outcome::absent));
    if (world_.chance(300)) return tell(with(425, outcome::absent));
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
  return asked.side == side::action ? act(asked, at) : compensate(asked, at);
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
    return at.state == state::accepted ? with(425, outcome::absent) : with(412, outcome::differs);
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

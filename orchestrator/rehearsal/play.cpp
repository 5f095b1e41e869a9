#include "rehearsal/play.hpp"

#include <algorithm>
#include <memory>

namespace sagad::rehearsal {
namespace {

using engine::operation_id;
using engine::side;

// Any will do, as long as it is always the same one: jitter comes of the id.
constexpr millis began_at = 1'700'000'000'000;
constexpr std::uint64_t id_bits = 0x0123456789ABCDEF;
// Where a poll would ask; nothing asks there.
constexpr std::string_view poll_place = "/late";

// Of lines that each end in CRLF.
std::vector<header> headers_of(std::string_view lines) {
  std::vector<header> out;
  for (auto end = lines.find("\r\n"); end != std::string_view::npos; end = lines.find("\r\n")) {
    const auto mark = lines.find(": ");
    out.push_back({std::string(lines.substr(0, mark)), std::string(lines.substr(mark + 2, end - mark - 2))});
    lines.remove_prefix(end + 2);
  }
  return out;
}

class performance {
 public:
  performance(definition::definition_ptr definition, const script& script) : script_(script) {
    saga_.id = saga_id::make(began_at, 0, id_bits);
    saga_.definition = std::move(definition);
  }

  play run() {
    engine::start start;
    start.input = script_.input;
    give(start);
    for (std::uint32_t inputs = 0; !saga_.final() && inputs < inputs_max; ++inputs) {
      const auto work = engine::outstanding(saga_, now_);
      for (const auto& wanted : work.now) begin(wanted);
      if (!proceed(work.wake_at)) break;
    }
    finish();
    return std::move(made_);
  }

 private:
  struct pending {
    millis at = 0;
    engine::attempt_id attempt;
    const answer* said = nullptr;
    bool late = false;
    bool timed_out = false;
  };

  const definition::definition& definition() const noexcept { return *saga_.definition; }

  const answer& answer_of(operation_id operation, std::uint32_t tries) const {
    static const answer at_once;
    const auto& sequence = script_.answers(operation);
    return sequence.empty() ? at_once : sequence[std::min<std::size_t>(tries, sequence.size() - 1)];
  }

  call& call_of(operation_id operation) {
    for (auto& one : made_.calls) {
      if (one.operation == operation) return one;
    }
    auto& made = made_.calls.emplace_back();
    made.operation = operation;
    made.at_ms = now_ - began_at;
    engine::request request;
    engine::render(saga_, operation, request);
    made.method = request.method;
    made.target = std::move(request.target);
    made.headers = headers_of(request.headers);
    made.body = std::move(request.body);
    return made;
  }

  // Whether every answer that the script has for the operation was given, so that asking again brings nothing new.
  bool heard(operation_id operation) const {
    const auto* call = made_.find(operation);
    const auto& sequence = script_.answers(operation);
    return call != nullptr && !sequence.empty() && call->tries >= sequence.size();
  }

  void begin(const engine::wanted& wanted) {
    const auto operation = wanted.attempt.operation;
    if (wanted.what == engine::wanted::kind::poll || is_open(operation)) return;
    if (wanted.probing && heard(operation)) return;
    auto& call = call_of(operation);
    const auto& said = answer_of(operation, call.tries++);
    const auto timeout = engine::declared(definition(), operation).timeout_ms;
    const bool silent = said.what == answer::kind::silent || said.takes_ms > timeout;
    const auto takes = said.what == answer::kind::unreachable ? 0 : silent ? timeout : said.takes_ms;
    pending_.push_back({later(now_, takes), wanted.attempt, &said, false, silent});
    (operation.side == side::action ? moment_.open_actions : moment_.open_compensations).set(operation.step);
  }

  bool is_open(operation_id operation) const noexcept {
    const auto& open = operation.side == side::action ? moment_.open_actions : moment_.open_compensations;
    return open.test(operation.step);
  }

  // The next thing that happens: an answer, or time alone. False: nothing will.
  bool proceed(millis wake_at) {
    const auto next = std::min_element(pending_.begin(), pending_.end(),
                                       [](const pending& left, const pending& right) { return left.at < right.at; });
    if (next != pending_.end() && next->at <= wake_at) {
      const auto ended = *next;
      pending_.erase(next);
      now_ = std::max(now_, ended.at);
      if (ended.late) {
        answer_late(ended);
      } else {
        end_exchange(ended);
      }
      return true;
    }
    if (wake_at == never || (pending_.empty() && only_asked_in_vain())) return false;
    now_ = std::max(now_, wake_at);
    give(engine::tick{});
    return true;
  }

  bool only_asked_in_vain() const {
    bool any = false;
    for (const auto& open : saga_.open) {
      if (saga_.abandoned(open.operation)) continue;
      if (!open.blocked || !heard(open.operation)) return false;
      any = true;
    }
    return any;
  }

  void end_exchange(const pending& ended) {
    const auto operation = ended.attempt.operation;
    auto& open = operation.side == side::action ? moment_.open_actions : moment_.open_compensations;
    open.clear(operation.step);
    const auto& said = *ended.said;
    engine::exchange seen;
    seen.how = ended.timed_out                          ? engine::ending::timed_out
               : said.what == answer::kind::unreachable ? engine::ending::not_sent
                                                        : engine::ending::answered;
    if (seen.how == engine::ending::answered) {
      seen.status = said.late ? 202 : said.status;
      seen.retry_after_ms = said.retry_after_ms;
      if (said.late) seen.location = poll_place;
    }
    const auto judged = engine::classify(engine::declared(definition(), operation), seen);
    auto& call = call_of(operation);
    call.status = seen.status;
    if (said.late && judged.verdict == engine::verdict::accepted && said.late->outcome != engine::outcome::absent) {
      pending_.push_back({later(now_, said.late->after_ms), ended.attempt, ended.said, true, false});
    }
    reply(ended, judged, seen.retry_after_ms, seen.location);
  }

  void answer_late(const pending& ended) {
    engine::judged judged{engine::verdict::done, engine::cause::none};
    const auto outcome = ended.said->late->outcome;
    if (outcome == engine::outcome::rejected) judged = {engine::verdict::rejected, engine::cause::rejected};
    if (outcome == engine::outcome::failed) judged = {engine::verdict::unknown, engine::cause::said_failed};
    reply(ended, judged, std::nullopt, {});
  }

  void reply(const pending& ended, engine::judged judged, std::optional<millis> retry_after_ms,
             std::string_view location) {
    const auto operation = ended.attempt.operation;
    const auto& given = ended.late ? ended.said->late->body : ended.said->body;
    engine::reply reply;
    reply.of = ended.attempt;
    reply.verdict = judged.verdict;
    reply.why = judged.why;
    reply.status = ended.late || ended.timed_out || ended.said->what != answer::kind::said ? 0 : ended.said->status;
    reply.retry_after_ms = retry_after_ms;
    reply.location = location;
    reply.late = ended.late;
    reply.body = given;
    if (judged.verdict == engine::verdict::done) {
      const bool sample = given.empty() && operation.side == side::action && operation.step < script_.responses.size();
      if (sample) reply.body = script_.responses[operation.step];
    } else if (ended.said->what == answer::kind::said) {
      reply.detail = given;
    }
    auto& call = call_of(operation);
    call.ended = judged.verdict;
    call.why = judged.why;
    give(reply);
  }

  void give(const engine::input& input) {
    moment_.at = now_;
    moment_.open_until = 0;
    for (const auto& one : pending_) {
      if (!one.late) moment_.open_until = std::max(moment_.open_until, one.at);
    }
    auto decided = engine::decide(saga_, input, moment_);
    const auto* record = std::get_if<engine::record>(&decided);
    if (record == nullptr) return;
    engine::apply(saga_, *record);
    for (const auto& event : record->events) note(event);
  }

  void note(const engine::event& event) {
    const auto step = event.operation.step;
    switch (event.what) {
      case engine::fact::done: made_.done.push_back(step); break;
      case engine::fact::undone: made_.undone.push_back(step); break;
      case engine::fact::passed_over: made_.passed_over.push_back(step); break;
      case engine::fact::turned_back: {
        auto& turned = made_.turned_back.emplace();
        if (event.why != engine::cause::deadline || step != 0) turned.step = step;
        turned.why = event.why;
        turned.detail = event.text;
        break;
      }
      default: break;
    }
  }

  void finish() {
    made_.state = engine::shown_state(saga_);
    made_.past_return = saga_.past_return;
    made_.output = saga_.output.view();
    made_.output_error = saga_.output_error.view();
    made_.took_ms = saga_.changed - began_at;
    for (const auto& open : saga_.open) {
      if (!open.blocked || saga_.abandoned(open.operation)) continue;
      made_.stuck.push_back({open.operation, open.blocked_by, std::string(open.text.view())});
    }
  }

  const script& script_;
  engine::saga saga_;
  engine::moment moment_;
  millis now_ = began_at;
  std::vector<pending> pending_;  // in the order in which they began: equal times keep it
  play made_;
};

}  // namespace

const call* play::find(engine::operation_id operation) const noexcept {
  const auto found =
      std::find_if(calls.begin(), calls.end(), [&](const call& one) { return one.operation == operation; });
  return found == calls.end() ? nullptr : &*found;
}

play perform(const definition::definition_ptr& definition, const script& script) {
  return performance(definition, script).run();
}

}  // namespace sagad::rehearsal

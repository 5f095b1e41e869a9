#include "rehearsal/failures.hpp"

#include <algorithm>

namespace sagad::rehearsal {
namespace {

using ending = failure_point::ending;
using engine::operation_id;
using engine::side;

constexpr int status_rejected = 409;

answer answer_of(failure what) {
  answer made;
  if (what == failure::rejected) made.status = status_rejected;
  if (what == failure::in_doubt) made.what = answer::kind::silent;
  if (what == failure::unreachable) made.what = answer::kind::unreachable;
  if (what == failure::no_late_answer) made.late.emplace();
  return made;
}

bool is_broken(const failure_point& point) {
  const auto& played = point.played;
  if (point.what == failure::none && played.state != "completed") return true;
  if (!played.output_error.empty()) return true;
  if (played.turned_back && played.turned_back->why == engine::cause::rendering) return true;
  return std::any_of(played.stuck.begin(), played.stuck.end(),
                     [](const standstill& one) { return one.why == engine::cause::rendering; });
}

ending ending_of(const failure_point& point) {
  const bool final = point.played.state == "completed" || point.played.state == "compensated";
  if (is_broken(point)) return ending::broken;
  if (point.what != failure::none && point.played.find(point.operation) == nullptr) return ending::not_met;
  return final ? ending::good : ending::stuck;
}

class failing {
 public:
  failing(const definition::definition_ptr& definition, const script& sample)
      : definition_(definition), sample_(sample) {}

  void add(failure what, operation_id operation) {
    failure_point point;
    point.what = what;
    point.operation = operation;
    auto script = sample_;
    if (what != failure::none) script.answers(operation) = {answer_of(what)};
    if (operation.side == side::compensation) turn_back(script, point);
    point.played = perform(definition_, script);
    point.how = ending_of(point);
    points_.push_back(std::move(point));
  }

  std::vector<failure_point> take() { return std::move(points_); }

 private:
  // The later step whose rejection makes this one be undone: the pivot, else one that waits for it.
  void turn_back(script& script, failure_point& point) const {
    const auto& steps = definition_->steps;
    std::optional<step_no> by = definition_->pivot;
    for (std::size_t at = 0; at < steps.size() && !by; ++at) {
      const bool can_reject = steps[at].kind == definition::step_kind::compensatable && steps[at].when.always();
      if (can_reject && steps[at].ancestors.test(point.operation.step)) by = static_cast<step_no>(at);
    }
    point.by_itself = !by;
    point.because_of = by.value_or(point.operation.step);
    script.answers({point.because_of, side::action}) = {answer_of(by ? failure::rejected : failure::in_doubt)};
  }

  const definition::definition_ptr& definition_;
  const script& sample_;
  std::vector<failure_point> points_;
};

}  // namespace

std::vector<failure_point> play_failures(const definition::definition_ptr& definition, const script& sample) {
  failing all(definition, sample);
  all.add(failure::none, {});
  for (std::size_t at = 0; at < definition->steps.size(); ++at) {
    const operation_id action{static_cast<step_no>(at), side::action};
    all.add(failure::rejected, action);
    all.add(failure::in_doubt, action);
    all.add(failure::unreachable, action);
    if (definition->steps[at].action.late != definition::late_answer::none) all.add(failure::no_late_answer, action);
  }
  for (std::size_t at = definition->steps.size(); at-- > 0;) {
    if (!definition->steps[at].compensation) continue;
    all.add(failure::in_doubt, {static_cast<step_no>(at), side::compensation});
  }
  return all.take();
}

}  // namespace sagad::rehearsal

#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "definition/definition.hpp"
#include "definition/expression/expression.hpp"

namespace sagad::tests {

/// Definitions by hand, without text to load: steps without bodies, named `s0`, `s1`, ... Steps are added in an order
/// in which they may run, and a step names only earlier ones.
class definition_builder {
 public:
  using kind = definition::step_kind;

  definition_builder() {
    made_.name = "by-hand";
    made_.content = digest_of("by-hand");
  }

  /// A step with a compensation if it is compensatable; operations get the defaults of their kind.
  step_no add(kind what, std::initializer_list<step_no> after = {}) {
    step_set before;
    for (auto one : after) before.set(one);
    return add(what, before);
  }

  step_no add(kind what, const step_set& after) {
    const auto number = static_cast<step_no>(made_.steps.size());
    auto& step = made_.steps.emplace_back();
    step.name = "s" + std::to_string(number);
    step.participant = "p";
    step.kind = what;
    step.after = step.ancestors = after;
    after.for_each([&](step_no one) { step.ancestors |= made_.steps[one].ancestors; });
    step.ancestors.for_each([&](step_no one) { made_.steps[one].descendants.set(number); });
    step.action.method = "POST";
    step.action.retry = what == kind::compensatable ? compensations::defaults_of_compensatable_action()
                                                    : compensations::defaults_of_must_succeed();
    if (what == kind::pivot) made_.pivot = number;
    if (what == kind::compensatable) {
      step.compensation.emplace();
      step.compensation->method = "POST";
      step.compensation->retry = compensations::defaults_of_must_succeed();
    }
    return number;
  }

  definition::step& step(step_no number) { return made_.steps[number]; }
  definition::operation& action(step_no number) { return made_.steps[number].action; }
  definition::operation& compensation(step_no number) { return *made_.steps[number].compensation; }
  definition::definition& whole() { return made_; }

  definition::definition_ptr build() const { return std::make_shared<const definition::definition>(made_); }

 private:
  definition::definition made_;
};

/// An expression that reads nothing, as a step's `when`.
inline definition::condition condition_of(const std::string& source) {
  const auto nothing =
      [](const definition::expression::reference&) -> std::variant<definition::expression::readable, std::string> {
    return "reads something";
  };
  auto made = definition::expression::compile(source, nothing, {.checked = false});
  return {std::make_shared<const definition::expression::code>(
              std::get<definition::expression::compiled>(std::move(made)).code),
          source};
}

/// One step of a kind.
inline definition_builder one_step(definition::step_kind kind) {
  definition_builder builder;
  builder.add(kind);
  return builder;
}

/// hold, reserve (compensatable), settle (pivot), deliver and rate (retriable, side by side): the sale.
inline definition_builder sale() {
  using kind = definition::step_kind;
  definition_builder builder;
  const auto hold = builder.add(kind::compensatable);
  const auto reserve = builder.add(kind::compensatable, {hold});
  const auto settle = builder.add(kind::pivot, {reserve});
  builder.add(kind::retriable, {settle});
  builder.add(kind::retriable, {settle});
  return builder;
}

}  // namespace sagad::tests

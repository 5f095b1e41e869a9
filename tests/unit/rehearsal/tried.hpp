#pragma once

#include <string>
#include <utility>
#include <vector>

#include "rehearsal/play.hpp"
#include "rehearsal/sample.hpp"
#include "tests/support/load_definition.hpp"

namespace sagad::rehearsal::testing {

inline const std::string order = R"(
saga: order
steps:
  - step: reserve
    participant: p
    action: {post: /reserve, timeout: 1s, retry: {attempts: 3}, body: {item: "${input.item}", count: "${input.count}"}}
    compensation: {post: /release}
  - step: pay
    participant: p
    action: {post: /pay, timeout: 1s, retry: {attempts: 3}, body: {reservation: "${steps.reserve.response.id}"}}
    compensation: {post: /refund}
  - step: ship
    kind: retriable
    participant: p
    action: {post: /ship, timeout: 1s, retry: {attempts: 3}}
output: {reservation: "${steps.reserve.response.id}"}
)";

/// A step whose answer may come late, by `callback` or `poll`, within a day.
inline std::string late_order(const std::string& by) {
  return R"(
saga: late
steps:
  - step: reserve
    participant: p
    action: {post: /reserve, retry: {attempts: 1}, answer: {within: 24h, by: )" +
         by + R"(}}
    compensation: {post: /release}
  - step: ship
    kind: retriable
    participant: p
    action: {post: /ship, body: {reservation: "${steps.reserve.response.id}"}}
)";
}

inline const std::string branches = R"(
saga: branches
steps:
  - step: pay
    kind: pivot
    participant: p
    action: {post: /pay}
  - step: ship
    kind: retriable
    participant: p
    action: {post: /ship, retry: {attempts: 3}}
  - step: bill
    kind: retriable
    after: [pay]
    participant: p
    action: {post: /bill}
)";

inline const std::string conditional = R"(
saga: conditional
input: {type: object, required: [express], properties: {express: {type: boolean}}}
steps:
  - step: hurry
    participant: p
    when: "${input.express}"
    action: {post: /hurry}
    compensation: {post: /slow}
  - step: pay
    kind: pivot
    participant: p
    action: {post: /pay}
)";

/// A definition with a script that a test changes.
struct tried {
  explicit tried(const std::string& text)
      : definition(tests::load_definition(text)), script(make_sample(definition, std::nullopt).script) {}

  rehearsal::play play() const { return perform(definition, script); }

  /// `pay x3`: the operations that were called, in order.
  std::vector<std::string> calls(const rehearsal::play& played) const {
    std::vector<std::string> out;
    for (const auto& call : played.calls) {
      out.push_back(name_of(*definition, call.operation) + (call.tries == 1 ? "" : " x" + std::to_string(call.tries)));
    }
    return out;
  }

  definition::definition_ptr definition;
  rehearsal::script script;
};

inline answer answered(int status, std::string body = "") {
  answer made;
  made.status = status;
  made.body = std::move(body);
  return made;
}
inline answer silent() {
  answer made;
  made.what = answer::kind::silent;
  return made;
}
inline answer unreachable() {
  answer made;
  made.what = answer::kind::unreachable;
  return made;
}
inline answer late(engine::outcome outcome, millis after_ms, std::string body = "") {
  answer made;
  made.late = answer::late_answer{outcome, after_ms, std::move(body)};
  return made;
}

}  // namespace sagad::rehearsal::testing

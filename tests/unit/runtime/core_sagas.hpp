#pragma once

#include <string_view>

namespace sagad::tests {

/// hold, pay (pivot), ship (retriable), one after the other.
inline constexpr std::string_view chain = R"(
saga: chain
deadline: 30s
steps:
  - {step: hold, participant: bank, action: {post: /holds, body: {account: "${input.account}"}}, compensation: {post: /holds/release}}
  - {step: pay, kind: pivot, participant: bank, action: {post: /payments}}
  - {step: ship, kind: retriable, participant: store, action: {post: /parcels}}
)";

/// left and right side by side, both undone.
inline constexpr std::string_view pair = R"(
saga: pair
steps:
  - {step: left, participant: bank, after: [], action: {post: /left}, compensation: {post: /left/undo}}
  - {step: right, participant: store, after: [], action: {post: /right}, compensation: {post: /right/undo}}
)";

/// One step that is answered late, by callback.
inline constexpr std::string_view called_back = R"(
saga: called_back
steps:
  - step: work
    participant: bank
    action: {post: /work, answer: {within: 1h, by: callback}}
    compensation: {post: /work/undo}
)";

/// One step that is answered late and polled.
inline constexpr std::string_view polled = R"(
saga: polled
steps:
  - step: work
    participant: bank
    action: {post: /work, answer: {within: 1h, by: poll}}
    compensation: {post: /work/undo}
)";

}  // namespace sagad::tests

#pragma once

#include <cstdint>

#include "base/step_set.hpp"

namespace sagad::engine {

/// What of a step is called. The numbers are persisted.
enum class side : std::uint8_t { action = 1, compensation = 2 };

/// An operation: a step's action or its compensation.
struct operation_id {
  step_no step = 0;
  engine::side side = side::action;
  friend bool operator==(const operation_id&, const operation_id&) noexcept = default;
};

/// One intent of an operation, and one request of it.
struct attempt_id {
  operation_id operation;
  std::uint32_t generation = 1;
  std::uint32_t attempt = 1;
  friend bool operator==(const attempt_id&, const attempt_id&) noexcept = default;
};

}  // namespace sagad::engine

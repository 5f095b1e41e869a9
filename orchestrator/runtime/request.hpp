#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/digest.hpp"
#include "base/problem.hpp"
#include "definition/definition.hpp"
#include "engine/answer.hpp"
#include "engine/input.hpp"

namespace sagad::runtime {

/// A start whose parts were checked: JSON, schema, key.
struct start_request {
  definition::definition_ptr definition;
  std::string input;
  std::string key;     ///< empty: none
  std::string labels;  ///< JSON object or empty
  digest request_bytes;
  digest request_canonical;
  millis deadline_ms = 0;  ///< 0: the definition's
  millis wait_ms = 0;      ///< 0: told once the start is durable
};

/// A command, as values.
struct command_request {
  engine::command_name name = engine::command_name::none;
  std::string id;
  std::string actor;
  std::string reason;
  std::uint32_t if_seq = 0;
  std::string step;  ///< empty: none
  std::string side;  ///< empty, `action` or `compensation`
  bool force = false;
  bool nothing_happened = false;
  std::string body;  ///< JSON or empty
};

/// A participant's late answer.
struct late_request {
  engine::outcome outcome = engine::outcome::absent;
  std::string body;
};

/// What the participant is told.
enum class late_standing : std::uint8_t { recorded, stands_already };
using late_result = std::variant<late_standing, sagad::problem>;

}  // namespace sagad::runtime

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "base/digest.hpp"
#include "base/problem.hpp"
#include "definition/definition.hpp"
#include "engine/answer.hpp"
#include "engine/input.hpp"

namespace sagad::runtime {

/// Whose sagas somebody may see: those started by this actor; nothing: everybody's.
using only_of = std::optional<std::string>;

/// Set once whoever asked has gone: they wait for nothing any more. None: they stay.
using gone_flag = std::shared_ptr<const std::atomic<bool>>;

/// A start whose parts were checked: JSON, schema, key.
struct start_request {
  definition::definition_ptr definition;
  std::string input;
  std::string key;            ///< empty: none
  std::string labels;         ///< JSON object or empty
  std::string actor;          ///< who starts it; empty: nobody is told apart
  only_of whose;              ///< which saga it may be answered with when the key stands for one
  std::uint32_t version = 0;  ///< of the definition; 0: inline
  digest request_bytes;
  digest request_canonical;
  millis deadline_ms = 0;  ///< 0: the definition's
  millis wait_ms = 0;      ///< 0: told once the start is durable
  gone_flag client_gone;   ///< of who waits
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
  only_of whose;
};

/// A question about a saga.
struct look_request {
  millis wait_ms = 0;  ///< with a time, answered when the saga is final or then with where it is
  only_of whose;
  gone_flag client_gone;  ///< of who waits
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

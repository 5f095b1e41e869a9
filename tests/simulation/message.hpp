#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/saga_id.hpp"
#include "definition/definition.hpp"
#include "engine/answer.hpp"
#include "engine/operation.hpp"

namespace sagad::simulation {

/// A request as a participant reads it.
struct request {
  saga_id saga;
  std::string step;
  engine::side side = engine::side::action;
  std::uint32_t generation = 1;
  std::uint32_t attempt = 1;
  std::uint64_t epoch = 0;  ///< of the coordinator that sends it
  digest content;           ///< over method, target and body
  std::string callback;     ///< the token; empty: none is awaited
  definition::late_answer late = definition::late_answer::none;
  bool poll = false;
  bool twin = false;  ///< it arrives twice, and this is one of the two
};

/// What it says.
struct said {
  int status = 200;
  engine::outcome outcome = engine::outcome::absent;
  std::string body = "null";
  std::string location;
  std::optional<millis> retry_after_ms;
};

/// A late answer on its way to the coordinator.
struct late_said {
  std::string token;
  engine::outcome outcome = engine::outcome::done;
  std::string body = "null";
};

inline std::string text_of(const request& of) {
  return of.saga.text().substr(20) + " " + of.step + (of.side == engine::side::action ? "/do" : "/undo") + " g" +
         std::to_string(of.generation) + " a" + std::to_string(of.attempt) + (of.poll ? " poll" : "");
}

}  // namespace sagad::simulation

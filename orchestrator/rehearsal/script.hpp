#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/moment.hpp"
#include "definition/definition.hpp"
#include "engine/answer.hpp"
#include "engine/operation.hpp"

/// Plays definitions without a server. Pure; thread-safe.
namespace sagad::rehearsal {

/// What comes of one try of an operation.
struct answer {
  enum class kind : std::uint8_t {
    said,         ///< an answer comes
    silent,       ///< none comes within the timeout: nobody knows whether it took effect
    unreachable,  ///< no byte of the request was written
  };
  /// What comes later, after a 202: done, rejected or failed; `absent`: nothing ever does.
  struct late_answer {
    engine::outcome outcome = engine::outcome::absent;
    millis after_ms = 0;
    std::string body;
  };

  kind what = kind::said;
  int status = 200;
  std::string body;     ///< JSON; empty: of a 2xx to an action what `script::responses` has, else none
  millis takes_ms = 0;  ///< longer than the timeout: silent
  std::optional<millis> retry_after_ms;
  std::optional<late_answer> late;
};

/// A start's input, and how participants answer. The last answer of a sequence stands for all that follow; an operation
/// without answers is done at its first try.
struct script {
  explicit script(const definition::definition& of) : actions(of.steps.size()), compensations(of.steps.size()) {}

  const std::vector<answer>& answers(engine::operation_id operation) const;
  std::vector<answer>& answers(engine::operation_id operation);

  std::string input = "{}";
  std::vector<std::string> responses;  ///< by step: what an action responds unless its answer says so itself
  std::vector<std::vector<answer>> actions;
  std::vector<std::vector<answer>> compensations;
};

/// `escrow`, `undo escrow`: how operations are named to people and in cases.
std::string name_of(const definition::definition& definition, engine::operation_id operation);
/// The other way round; nothing for a step that there is not, or that has no compensation.
std::optional<engine::operation_id> find_operation(const definition::definition& definition, std::string_view name);

}  // namespace sagad::rehearsal

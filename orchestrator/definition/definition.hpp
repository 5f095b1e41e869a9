#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/moment.hpp"
#include "base/step_set.hpp"
#include "compensations/policy.hpp"
#include "definition/condition.hpp"
#include "definition/input_schema.hpp"
#include "definition/label.hpp"
#include "definition/text_template.hpp"
#include "json/path_tree.hpp"

/// A saga's definition, compiled: checked, immutable, shared between threads.
namespace sagad::definition {

enum class step_kind : std::uint8_t { compensatable = 1, pivot = 2, retriable = 3 };
enum class late_answer : std::uint8_t { none = 0, callback = 1, poll = 2 };

/// A header of the definition's own.
struct header {
  std::string name;
  text_template value;  ///< its characters
};

/// One request that a step may make: its action or its compensation.
struct operation {
  std::string method;    ///< POST, PUT, ...
  text_template target;  ///< path with query; each reference is one percent-encoded segment or query value
  text_template body;    ///< JSON; empty: no body
  std::vector<header> headers;
  millis timeout_ms = 2000;  ///< one exchange, from its first byte
  compensations::retry_policy retry;
  std::vector<std::uint16_t> rejects;  ///< statuses that reject beside 409 and 422; sorted
  late_answer late = late_answer::none;
  millis within_ms = 0;  ///< how long a late answer is awaited
};

struct step {
  std::string name;
  std::string participant;
  step_kind kind = step_kind::compensatable;
  step_set after;        ///< direct predecessors
  step_set ancestors;    ///< all that surely ran before, transitively
  step_set descendants;  ///< all that wait for this one, transitively
  operation action;
  std::optional<operation> compensation;  ///< none: harmless, or not compensatable
  json::path_tree slices;                 ///< of the response, by slice_no, kept when the action is done
  condition when;                         ///< where it is false, the step is passed over
};

struct definition {
  std::string name;       ///< empty only for an inline one without a name
  std::string canonical;  ///< canonical JSON with all defaults filled in: what is stored and digested
  digest content;         ///< SHA-256 of `canonical`
  std::string description;
  bool key_required = false;
  millis deadline_ms = 0;  ///< 0: none
  millis alert_after_ms = 60'000;
  std::vector<step> steps;  ///< in the order written; 1 to 256
  std::optional<step_no> pivot;
  input_schema schema;                  ///< what a start's input must fit
  label_set labels;                     ///< what its sagas are found by
  std::vector<slice_source> slices;     ///< by slice_no: every value that some template reads
  json::path_tree input_slices;         ///< those taken from the input at the start, by slice_no
  std::optional<text_template> output;  ///< rendered when completed

  std::optional<step_no> find(std::string_view step_name) const noexcept;
};

using definition_ptr = std::shared_ptr<const definition>;

}  // namespace sagad::definition

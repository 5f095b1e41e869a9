#pragma once

#include <optional>
#include <string>
#include <vector>

#include "definition/definition.hpp"
#include "definition/node.hpp"

/// A definition as it was written, its shape checked and its defaults filled in, not compiled yet.
namespace sagad::definition::declared {

struct text_at {
  std::string text;
  place at;
};

struct header {
  text_at name;
  text_at value;
};

struct operation {
  place at;
  std::string method;  ///< `post`, as in the key
  text_at target;
  std::optional<node> body;     ///< members sorted
  std::vector<header> headers;  ///< sorted by name
  millis timeout_ms = 2000;
  compensations::retry_policy retry;
  place retry_at;
  std::vector<std::uint16_t> rejects;
  late_answer late = late_answer::none;
  millis within_ms = 0;
  place late_at;
};

struct step {
  place at;
  text_at name;
  text_at participant;
  step_kind kind = step_kind::compensatable;
  std::vector<text_at> after;
  bool after_written = false;  ///< else the step runs after the one before it
  std::optional<text_at> when;
  operation action;
  std::optional<operation> compensation;
};

struct label {
  text_at name;
  text_at from;
  bool indexed = false;
};

struct saga {
  std::string name;
  std::string description;
  bool key_required = false;
  millis deadline_ms = 0;
  place deadline_at;
  millis alert_after_ms = 60'000;
  std::optional<node> input;  ///< the schema; members sorted
  std::vector<label> labels;  ///< sorted by name
  std::vector<step> steps;
  bool order_is_known = true;  ///< every step's name, kind and `after` could be read
  std::optional<node> output;  ///< members sorted
};

}  // namespace sagad::definition::declared

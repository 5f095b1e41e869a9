#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "definition/load.hpp"
#include "rehearsal/play.hpp"
#include "rehearsal/sample.hpp"

namespace sagad::rehearsal {

/// Where something stands in a case's file. Both from 1.
struct case_place {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// One thing that a case expects.
struct expectation {
  enum class kind : std::uint8_t {
    state,        ///< text: one of completed, compensated, stuck, running
    calls,        ///< names: operations in the order of their first tries, `transfer x3` with how many
    undone,       ///< names: steps in order
    stuck,        ///< names: operations
    passed_over,  ///< names: steps
    turned_back,  ///< text: a step, or `deadline`
    output,       ///< text: JSON
    path,         ///< operation, text: the request's target
    headers,      ///< operation, headers: all that the definition sets, whatever their order and case
    body,         ///< operation, text: the request's body as JSON
    within,       ///< at_most_ms: from the start to the last record
  };

  kind what = kind::state;
  case_place at;
  engine::operation_id operation;
  std::string text;
  std::vector<std::string> names;
  std::vector<header> headers;
  millis at_most_ms = 0;
};

struct test_case {
  std::string name;
  case_place at;
  rehearsal::script script;
  std::vector<expectation> expected;
};

using read_result = std::variant<std::vector<test_case>, std::vector<definition::mistake>>;

/// Reads a file of cases for a definition, YAML or JSON: docs/trying-definitions.md says how it is written. What a case
/// does not say comes of `sample`. All mistakes that can be told apart are told at once.
read_result read_cases(std::string_view text, const definition::definition& definition, const sample& sample);

/// An expectation that was not met.
struct miss {
  case_place at;
  std::string what;      ///< `state`, `body of escrow`
  std::string expected;  ///< for people; of JSON the canonical text
  std::string got;
  bool is_json = false;
};

/// What of a case's expectations its play did not meet.
std::vector<miss> judge(const test_case& expected, const definition::definition& definition, const play& played);

}  // namespace sagad::rehearsal

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "definition/text_template.hpp"

/// What stands in `${...}`: the part of the Common Expression Language that reads values and counts with integers of 64
/// bits. Compiled to a list of instructions for a small stack: it always ends.
namespace sagad::definition::expression {

enum class operation : std::uint8_t { integer, text, value, negate, add, subtract, multiply, divide, remainder };

struct instruction {
  operation what = operation::integer;
  slice_no slice = 0;        ///< of `value`
  std::int64_t integer = 0;  ///< of `integer`
  std::string text;          ///< of `text`; of `value`: the reference as written, for messages
};

inline constexpr std::size_t stack_max = 64;

/// An expression; in the order of evaluation.
struct code {
  std::vector<instruction> steps;

  /// Whether it is nothing but one reference, whose raw JSON is taken as it stands.
  bool is_reference() const noexcept { return steps.size() == 1 && steps.front().what == operation::value; }
};

/// A name with what follows it: {"steps", "escrow", "response", "hold"}.
struct reference {
  std::vector<std::string> path;
  std::string_view text;  ///< as written
};

/// Numbers the value that a reference names, or says why it may not be read here.
using resolver = std::function<std::variant<slice_no, std::string>(const reference&)>;

/// Compiles `source`, or says what is wrong with it.
std::variant<code, std::string> parse(std::string_view source, const resolver& resolve);

/// What an expression gives.
using value = std::variant<std::int64_t, std::string>;

struct evaluated {
  value result;
  std::optional<std::string> fault;  ///< absent value, wrong type, overflow, division by zero: no result then
};

/// No text on the way grows past `bytes_max`.
evaluated evaluate(const code& program, slice_values values, std::size_t bytes_max);

}  // namespace sagad::definition::expression

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/step_set.hpp"
#include "definition/expression/static_type.hpp"
#include "definition/text_template.hpp"

namespace re2 {
class RE2;
}

/// What stands in `${...}`: an expression of the Common Expression Language (docs/expressions.md says which part of
/// it), compiled to a list of instructions for a small stack. Evaluating it always ends: an instruction that goes back
/// does so only for the next element of a list, and all of them together have a budget.
namespace sagad::definition::expression {

/// The two that are `begin` and `next` hold what a macro asks of each element between them.
enum class operation : std::uint8_t {
  null,
  boolean,
  integer,
  unsigned_integer,
  real,
  text,
  value,       ///< of a slice
  present,     ///< whether the slice is there
  variable,    ///< the element that the macro number `integer` has come to
  select,      ///< the member `text`
  present_in,  ///< whether there is a member `text`
  index,
  negate,
  invert,
  add,
  subtract,
  multiply,
  divide,
  remainder,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  equal,
  unequal,
  contained,  ///< `in`
  call,       ///< the function number `integer`
  list,       ///< of `integer` elements
  map,        ///< of `integer` keys and values
  jump,       ///< to `target`
  branch,     ///< on to `target` where it is false, to `other` where it is neither true nor false
  unless_false,
  unless_true,  ///< to `target`, keeping the value
  both,         ///< the end of && and ||, for the two topmost
  any,
  begin,    ///< of the macro number `integer`: takes the range; `target` is past the end
  next,     ///< takes an element, or goes to `target` with the macro's result
  keep_if,  ///< goes back to `target` where it is false
  fold,     ///< takes what the element gave and goes back to `target`, or to `other` with the macro's result
};

enum class function_no : std::uint8_t {
  size,
  starts_with,
  ends_with,
  contains,
  matches,
  to_integer,
  to_unsigned,
  to_double,
  to_text,
  to_boolean,
  dyn,
};

enum class macro_no : std::uint8_t { all, exists, exists_one, map, filter };

struct instruction {
  operation what = operation::null;
  slice_no slice = 0;        ///< of `value` and `present`
  std::int64_t integer = 0;  ///< of constants: an unsigned one has the same bits
  double real = 0;
  std::uint32_t target = 0;
  std::uint32_t other = 0;
  std::string text;  ///< of `text`; of `value`: the reference as written, for messages
};

/// An expression, compiled. Immutable; a copy shares the patterns.
struct code {
  std::vector<instruction> steps;
  std::vector<std::shared_ptr<const re2::RE2>> patterns;  ///< those that `matches` names, by `target`

  /// Whether it is nothing but one reference, whose raw JSON is taken as it stands.
  bool is_reference() const noexcept { return steps.size() == 1 && steps.front().what == operation::value; }
};

/// A name with what follows it: {"steps", "escrow", "response", "hold"}.
struct reference {
  std::vector<std::string> path;
  std::string_view text;  ///< as written
};

/// What a reference names.
struct readable {
  slice_no slice = 0;
  static_type type;
  std::optional<step_no> of_step = {};  ///< the whole response of this step may be absent: `has` has to be asked
  std::string why_absent = {};          ///< for the message when it was not
};

/// Finds the value that a reference names, or says why it may not be read here.
using resolver = std::function<std::variant<readable, std::string>(const reference&)>;

/// What the place of an expression asks of it.
struct expectation {
  bool checked = true;            ///< false: it was accepted when it was stored
  std::uint8_t kinds = any_kind;  ///< it must be able to give one of these
  std::string_view place = {};    ///< for messages: "a path"
  bool as_json = false;           ///< the result is to be JSON
  step_set present = {};          ///< steps whose responses are surely there
};

struct compiled {
  expression::code code;
  step_set present;  ///< if it gives true, the responses of these steps are there
};

/// Compiles `source`, or says what is wrong with it.
std::variant<compiled, std::string> compile(std::string_view source, const resolver& resolve,
                                            const expectation& wanted);

/// For whoever looks for an expression's end without reading it: whether a string begins here, with its prefix if it
/// has one, and where one that does is over; `npos` where it never is.
bool begins_string(std::string_view text, std::size_t at) noexcept;
std::size_t past_string(std::string_view text, std::size_t at) noexcept;

inline constexpr std::size_t evaluation_steps_max = 100'000;
inline constexpr std::size_t result_bytes_max = 64U << 10U;

/// What an evaluation gave: `text`, unless `fault` says why there is nothing (an absent value, kinds that do not go
/// together, an overflow, a budget that is spent).
struct evaluated {
  std::string text;
  std::optional<std::string> fault;
};

/// The result as JSON.
evaluated evaluate_json(const code& program, slice_values values);

/// The result's characters: of text, a number, true or false. Null, lists and maps have none.
evaluated evaluate_text(const code& program, slice_values values);

/// The result of a condition, or why there is none.
std::variant<bool, std::string> evaluate_condition(const code& program, slice_values values);

}  // namespace sagad::definition::expression

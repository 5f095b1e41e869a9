#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "definition/expression/expression.hpp"

namespace sagad::definition::expression {

struct function;

/// An expression as it was written: what `parse_tree` makes, `check` judges and `generate` turns into code.
struct tree {
  enum class type : std::uint8_t {
    literal,      ///< `constant`
    reference,    ///< `read`
    variable,     ///< of the macro number `level`, from the outermost
    present,      ///< has(a reference): `read`
    select,       ///< .text of the child
    present_in,   ///< has(child.text)
    index,        ///< child[child]
    negate,       ///< -child
    invert,       ///< !child
    chain,        ///< operands of one precedence, from the left: `signs` stand between the children
    all_of,       ///< && between the children
    any_of,       ///< || between the children
    conditional,  ///< child ? child : child
    call,         ///< the function `called` of the children
    macro,        ///< `over` a range: the range, then what is asked of each element
    list,         ///< of the children
    map,          ///< of the children: keys and values by turns
  };

  type is = type::literal;
  std::size_t begin = 0;  ///< where its text stands in the source
  std::size_t end = 0;
  std::size_t depth = 1;
  std::vector<tree> children;
  instruction constant;
  readable read;
  bool ends_in_a_name = false;  ///< of a reference: in `.name`
  std::string text;
  std::vector<operation> signs;
  const function* called = nullptr;
  macro_no over = macro_no::all;
  std::size_t level = 0;

  std::string_view in(std::string_view source) const { return source.substr(begin, end - begin); }
};

/// What is wrong with an expression; thrown within this room only.
struct mistake_in_expression {
  std::string text;
};

[[noreturn]] inline void fail(std::string what) {
  throw mistake_in_expression{std::move(what)};
}

/// Throws `mistake_in_expression`.
tree parse_tree(std::string_view source, const resolver& resolve);

/// Judges what surely goes wrong whenever the expression is evaluated, and what may be absent without being asked for.
/// Returns what the expression may give. Throws `mistake_in_expression`.
static_type check(const tree& whole, std::string_view source, const expectation& wanted);

/// Evaluates what reads nothing: a part that faults does so always. With `as_json` so does a whole that JSON does not
/// have. Throws `mistake_in_expression`.
void check_constants(const tree& whole, std::string_view source, bool as_json);

/// The steps of which `condition` says, where it is true, that their responses are there.
step_set steps_present(const tree& condition);

/// Of a part that stands in `around` macros, and reads no element of theirs. Throws `mistake_in_expression` for a
/// pattern that is none.
code generate(const tree& whole, std::size_t around = 0);

}  // namespace sagad::definition::expression

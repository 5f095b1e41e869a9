#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "definition/expression/expression.hpp"

namespace sagad::definition::expression {

/// How a function is called, and on what: `kinds` of its operands, the receiver first.
struct function {
  std::string_view name;
  function_no number;
  bool is_method = false;
  std::size_t operands = 1;
  std::uint8_t kinds = any_kind;
  std::uint8_t gives = any_kind;
};

const function* find_function(std::string_view name, bool is_method) noexcept;

std::optional<macro_no> find_macro(std::string_view name) noexcept;
std::string_view word_of(macro_no macro) noexcept;

/// For the end of a message: what was meant by a name that is no function of this kind.
std::string other_function(std::string_view name, bool is_method);

}  // namespace sagad::definition::expression

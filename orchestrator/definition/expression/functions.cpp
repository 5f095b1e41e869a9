#include "definition/expression/functions.hpp"

#include <array>
#include <vector>

#include "base/nearest.hpp"
#include "definition/other_words.hpp"

namespace sagad::definition::expression {
namespace {

constexpr std::uint8_t sized_kinds = text_kind | list_kind | map_kind;
constexpr std::uint8_t scalar_kinds = number_kinds | text_kind;

// One that is called both ways is there twice.
constexpr std::array<function, 13> all_functions = {{
    {"size", function_no::size, false, 1, sized_kinds, integer_kind},
    {"size", function_no::size, true, 1, sized_kinds, integer_kind},
    {"startsWith", function_no::starts_with, true, 2, text_kind, boolean_kind},
    {"endsWith", function_no::ends_with, true, 2, text_kind, boolean_kind},
    {"contains", function_no::contains, true, 2, text_kind, boolean_kind},
    {"matches", function_no::matches, true, 2, text_kind, boolean_kind},
    {"matches", function_no::matches, false, 2, text_kind, boolean_kind},
    {"int", function_no::to_integer, false, 1, scalar_kinds, integer_kind},
    {"uint", function_no::to_unsigned, false, 1, scalar_kinds, unsigned_kind},
    {"double", function_no::to_double, false, 1, scalar_kinds, double_kind},
    {"string", function_no::to_text, false, 1, scalar_kinds | boolean_kind, text_kind},
    {"bool", function_no::to_boolean, false, 1, text_kind | boolean_kind, boolean_kind},
    {"dyn", function_no::dyn, false, 1, any_kind, any_kind},
}};

constexpr std::array<std::string_view, 5> macros = {"all", "exists", "exists_one", "map", "filter"};

}  // namespace

const function* find_function(std::string_view name, bool is_method) noexcept {
  for (const auto& one : all_functions) {
    if (one.name == name && one.is_method == is_method) return &one;
  }
  return nullptr;
}

std::optional<macro_no> find_macro(std::string_view name) noexcept {
  for (std::size_t at = 0; at < macros.size(); ++at) {
    if (macros[at] == name) return static_cast<macro_no>(at);
  }
  return std::nullopt;
}

std::string_view word_of(macro_no macro) noexcept {
  return macros[static_cast<std::size_t>(macro)];
}

std::string other_function(std::string_view name, bool is_method) {
  const std::string word(name);
  if (is_method && name == "has") return " of a value: write has(value.name)";
  if (find_function(name, !is_method) != nullptr) {
    return is_method ? " of a value: write " + word + "(value)" : " by itself: write value." + word + "(...)";
  }
  if (!is_method && find_macro(name)) return " by itself: write value." + word + "(x, ...)";
  std::vector<std::string_view> known;
  for (const auto& one : all_functions) {
    if (one.is_method == is_method) known.push_back(one.name);
  }
  if (is_method) {
    known.insert(known.end(), macros.begin(), macros.end());
    return hint_of_meaning(name, known);
  }
  known.push_back("has");
  const auto macro = nearest(name, known).empty() ? nearest(name, macros) : std::string_view();
  if (macro.empty()) return hint_of_meaning(name, known);
  return ": did you mean value." + std::string(macro) + "(x, ...)?";
}

}  // namespace sagad::definition::expression

#include "definition/expression/static_type.hpp"

#include <array>
#include <vector>

#include "definition/schema/type_at.hpp"

namespace sagad::definition::expression {

static_type either(const static_type& left, const static_type& right) {
  static_type both;
  both.kinds = static_cast<std::uint8_t>(left.kinds | right.kinds);
  if (left.schema == right.schema) both.schema = left.schema;
  if (left.element == right.element) both.element = left.element;
  if (left.keys == right.keys) both.keys = left.keys;
  return both;
}

static_type member_of(const static_type& whole, std::string_view name) {
  if (!whole.may_be(map_kind)) return static_type::of(0);
  if (whole.element != nullptr) return *whole.element;
  return whole.schema == nullptr ? static_type{} : type_of_member(*whole.schema, name);
}

static_type element_of(const static_type& whole) {
  if (whole.element != nullptr) return *whole.element;
  return whole.schema == nullptr ? static_type{} : type_of_element(*whole.schema);
}

std::string describe(std::uint8_t kinds) {
  if (kinds == any_kind) return "a value of any kind";
  constexpr std::array<std::string_view, 8> words = {"null",     "true or false", "an integer", "an unsigned integer",
                                                     "a double", "text",          "a list",     "a map"};
  std::vector<std::string_view> named;
  if ((kinds & number_kinds) == number_kinds) {
    named.emplace_back("a number");
    kinds = static_cast<std::uint8_t>(kinds & ~number_kinds);
  }
  for (std::size_t bit = 0; bit < words.size(); ++bit) {
    if ((kinds >> bit & 1) != 0) named.push_back(words[bit]);
  }
  std::string text;
  for (std::size_t at = 0; at < named.size(); ++at) {
    if (at > 0) text += at + 1 == named.size() ? " or " : ", ";
    text += named[at];
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace sagad::definition::expression

#include "definition/expression/static_type.hpp"

#include <array>
#include <vector>

#include "definition/schema/type_at.hpp"

namespace sagad::definition::expression {

static_type either(const static_type& left, const static_type& right) {
  static_type both;
  both.kinds = static_cast<std::uint8_t>(left.kinds | right.kinds);
  if (left.schema == right.schema) {
    both.schema = left.schema;
    both.root = left.root;
  }
  if (left.element == right.element) both.element = left.element;
  if (left.keys == right.keys) both.keys = left.keys;
  return both;
}

static_type member_of(const static_type& whole, std::string_view name) {
  if (!whole.may_be(map_kind)) return static_type::of(0);
  if (whole.element != nullptr) return *whole.element;
  return whole.schema == nullptr ? static_type{} : type_of_member(whole, name);
}

static_type element_of(const static_type& whole) {
  if (whole.element != nullptr) return *whole.element;
  return whole.schema == nullptr ? static_type{} : type_of_element(whole);
}

std::string describe(std::uint8_t kinds) {
  if (kinds == any_kind) return "a value of any kind";
  struct word {
    std::uint8_t kinds;
    std::string_view text;
  };
  constexpr std::array<word, 9> words = {{{number_kinds, "a number"},
                                          {integer_kind, "an integer"},
                                          {unsigned_kind, "an unsigned integer"},
                                          {double_kind, "a double"},
                                          {text_kind, "text"},
                                          {list_kind, "a list"},
                                          {map_kind, "a map"},
                                          {null_kind, "null"},
                                          {boolean_kind, "true or false"}}};
  std::vector<std::string_view> named;
  for (const auto& one : words) {
    if ((kinds & one.kinds) != one.kinds) continue;
    named.push_back(one.text);
    kinds = static_cast<std::uint8_t>(kinds & ~one.kinds);
  }
  std::string text;
  for (std::size_t at = 0; at < named.size(); ++at) {
    if (at > 0) text += at + 1 == named.size() ? " or " : ", ";
    text += named[at];
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace sagad::definition::expression

#include "definition/schema/type_at.hpp"

#include <algorithm>

#include "definition/decimal.hpp"
#include "definition/schema/reference_table.hpp"

namespace sagad::definition {
namespace {

using namespace expression;

std::uint8_t kinds_of_word(std::string_view type) noexcept {
  if (type == "null") return null_kind;
  if (type == "boolean") return boolean_kind;
  if (type == "integer") return integer_kind;
  if (type == "number") return integer_kind | double_kind;
  if (type == "string") return expression::text_kind;
  if (type == "array") return list_kind;
  return type == "object" ? map_kind : any_kind;
}

std::uint8_t kinds_of_value(const node& value) {
  switch (value.is) {
    case node::type::null: return null_kind;
    case node::type::boolean: return boolean_kind;
    case node::type::number: return exact_integer(value.text) ? integer_kind : double_kind;
    case node::type::string: return expression::text_kind;
    case node::type::sequence: return list_kind;
    case node::type::mapping: return map_kind;
  }
  return any_kind;
}

template <typename Kinds>
std::uint8_t any_of_them(const node& list, Kinds&& kinds) {
  if (list.items.empty()) return any_kind;  // a mistake, which is told where it stands
  std::uint8_t all = 0;
  for (const auto& item : list.items) all = static_cast<std::uint8_t>(all | kinds(item));
  return all;
}

bool numbers_an_element(std::string_view part) noexcept {
  return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
}

std::uint8_t kinds_of_one(const node& schema) {
  if (schema.is == node::type::boolean && schema.text == "false") return 0;
  std::uint8_t kinds = any_kind;
  const auto narrow = [&](std::uint8_t to) { kinds = static_cast<std::uint8_t>(kinds & to); };
  if (const node* type = schema.find("type")) {
    narrow(type->is == node::type::string ? kinds_of_word(type->text) : any_of_them(*type, [](const node& item) {
      return kinds_of_word(item.text);
    }));
  }
  if (const node* choices = schema.find("enum")) narrow(any_of_them(*choices, kinds_of_value));
  if (const node* only = schema.find("const")) narrow(kinds_of_value(*only));
  return kinds;
}

const node* member_schema(const node& schema, std::string_view name) {
  const node* properties = schema.find("properties");
  const node* member = properties == nullptr ? nullptr : properties->find(name);
  return member == nullptr && schema.find("patternProperties") == nullptr ? schema.find("additionalProperties")
                                                                          : member;
}

const node* element_schema(const node& schema) {
  return schema.find("prefixItems") == nullptr ? schema.find("items") : nullptr;
}

// Of values that fit all of them.
static_type type_of_all(const std::vector<const node*>& schemas, const node& root) {
  static_type found;
  for (const node* one : schemas) {
    found.kinds = static_cast<std::uint8_t>(found.kinds & kinds_of_one(*one));
    if (found.schema != nullptr || one->is != node::type::mapping) continue;
    found.schema = one;
    found.root = &root;
  }
  return found;
}

// What is inside a value fits what each of the value's schemas says of it.
template <typename Inside>
static_type type_inside(const static_type& whole, Inside&& inside) {
  std::vector<const node*> outer;
  std::vector<const node*> inner;
  add_with_references(*whole.root, whole.schema, outer);
  for (const node* one : outer) add_with_references(*whole.root, inside(*one), inner);
  return type_of_all(inner, *whole.root);
}

}  // namespace

static_type type_of(const node& schema, const node& root) {
  std::vector<const node*> all;
  add_with_references(root, &schema, all);
  return type_of_all(all, root);
}

static_type type_of_member(const static_type& whole, std::string_view name) {
  return type_inside(whole, [&](const node& schema) { return member_schema(schema, name); });
}

static_type type_of_element(const static_type& whole) {
  return type_inside(whole, element_schema);
}

static_type type_at(const node& schema, const std::vector<std::string>& path) {
  auto found = type_of(schema, schema);
  for (const auto& part : path) {
    if (found.schema == nullptr) return {};
    if (!numbers_an_element(part) || !found.may_be(list_kind)) {
      found = type_of_member(found, part);
    } else if (!found.may_be(map_kind)) {
      found = type_of_element(found);
    } else {
      return {};
    }
  }
  return found;
}

}  // namespace sagad::definition

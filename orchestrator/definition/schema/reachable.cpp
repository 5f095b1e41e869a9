#include "definition/schema/reachable.hpp"

#include <algorithm>
#include <string_view>

#include "base/ascii.hpp"
#include "base/nearest.hpp"
#include "definition/schema/read_schema.hpp"
#include "definition/schema/reference_table.hpp"

namespace sagad::definition {
namespace {

bool is_index(const std::string& part) {
  return !part.empty() && std::all_of(part.begin(), part.end(), is_digit);
}

// A word that is no type may be this one, misspelt, and is told where it stands.
bool allows(const node& schema, std::string_view type) {
  const auto may_be = [&](const node& word) {
    return word.text == type || std::find(type_words.begin(), type_words.end(), word.text) == type_words.end();
  };
  const node* types = schema.find("type");
  if (types == nullptr) return true;
  if (types->is != node::type::sequence) return may_be(*types);
  return types->items.empty() || std::any_of(types->items.begin(), types->items.end(), may_be);
}

bool is_false(const node* schema) {
  return schema != nullptr && schema->is == node::type::boolean && schema->text == "false";
}

std::string unknown_member(const node& schema, const std::string& part) {
  std::vector<std::string_view> known;
  if (const node* properties = schema.find("properties")) {
    for (const auto& member : properties->members) known.push_back(member.name);
  }
  return "`" + part + "` is not among its properties" + hint(part, known);
}

// The schema of what is at `part`; nothing where all is allowed. `why` is told where nothing is.
const node* inside(const node& schema, const std::string& part, std::string& why) {
  if (schema.is != node::type::mapping) return nullptr;
  const bool into_array = is_index(part) && allows(schema, "array");
  if (!allows(schema, "object") && !into_array) {
    why = "`" + part + "` would be inside a plain value or a list: leave it out, or change the schema's `type`";
    return nullptr;
  }
  if (into_array) return allows(schema, "object") ? nullptr : schema.find("items");  // either: nothing is certain
  const node* properties = schema.find("properties");
  const node* member = properties == nullptr ? nullptr : properties->find(part);
  if (member != nullptr) return member;
  const node* additional = schema.find("additionalProperties");
  if (is_false(additional)) why = unknown_member(schema, part);
  return additional;
}

// The names that a schema speaks of at one place.
std::vector<std::string_view> names_at(const std::vector<const node*>& schemas) {
  std::vector<std::string_view> names;
  for (const node* one : schemas) {
    if (const node* properties = one->find("properties")) {
      for (const auto& member : properties->members) names.push_back(member.name);
    }
    if (const node* required = one->find("required")) {
      for (const auto& name : required->items) names.push_back(name.text);
    }
  }
  return names;
}

bool speaks_of_others(const std::vector<const node*>& schemas) {
  return std::any_of(schemas.begin(), schemas.end(),
                     [](const node* one) { return one->find("additionalProperties") != nullptr; });
}

std::string misspelt_at(const std::vector<const node*>& schemas, const std::string& part) {
  const auto known = names_at(schemas);
  const bool declared = std::find(known.begin(), known.end(), part) != known.end();
  if (declared || speaks_of_others(schemas) || nearest(part, known).empty()) return {};
  return "`" + part + "` is not in the input's schema" + hint(part, known) + " If not, write it into `properties`";
}

}  // namespace

std::string likely_misspelt(const node& schema, const node& root, const std::string& name) {
  std::vector<const node*> at;
  add_with_references(root, &schema, at);
  return misspelt_at(at, name);
}

std::string likely_misspelt(const node& schema, const std::vector<std::string>& path) {
  std::vector<const node*> at;
  add_with_references(schema, &schema, at);
  for (const auto& part : path) {
    if (auto why = misspelt_at(at, part); !why.empty()) return why;
    std::vector<const node*> next;
    for (const node* one : at) {
      std::string why;
      add_with_references(schema, inside(*one, part, why), next);
    }
    at = std::move(next);
  }
  return {};
}

std::string unreachable(const node& schema, const std::vector<std::string>& path) {
  std::vector<const node*> at;
  add_with_references(schema, &schema, at);
  for (const auto& part : path) {
    std::vector<const node*> next;
    for (const node* one : at) {
      if (is_false(one)) return "the schema allows nothing there: change one of them";
      std::string why;
      add_with_references(schema, inside(*one, part, why), next);
      if (!why.empty()) return why;
    }
    at = std::move(next);
  }
  return std::any_of(at.begin(), at.end(), is_false) ? "the schema allows nothing there: change one of them" : "";
}

}  // namespace sagad::definition

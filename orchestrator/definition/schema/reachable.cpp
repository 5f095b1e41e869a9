#include "definition/schema/reachable.hpp"

#include <algorithm>
#include <string_view>

#include "base/nearest.hpp"

namespace sagad::definition {
namespace {

bool is_index(const std::string& part) {
  return !part.empty() &&
         std::all_of(part.begin(), part.end(), [](char letter) { return letter >= '0' && letter <= '9'; });
}

bool allows(const node& schema, std::string_view type) {
  const node* types = schema.find("type");
  if (types == nullptr) return true;
  if (types->is == node::type::string) return types->text == type;
  return std::any_of(types->items.begin(), types->items.end(), [&](const node& item) { return item.text == type; });
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

}  // namespace

std::string unreachable(const node& schema, const std::vector<std::string>& path) {
  const node* at = &schema;
  for (const auto& part : path) {
    if (is_false(at)) return "the schema allows nothing there";
    if (at->is != node::type::mapping) return {};
    const bool into_array = is_index(part) && allows(*at, "array");
    if (!allows(*at, "object") && !into_array) return "`" + part + "` would be inside a plain value or a list";
    const node* properties = at->find("properties");
    const node* member = properties == nullptr ? nullptr : properties->find(part);
    const node* additional = at->find("additionalProperties");
    if (into_array && allows(*at, "object")) return {};  // either of them: nothing is certain
    if (into_array) {
      member = at->find("items");
    } else if (member == nullptr) {
      if (is_false(additional)) return unknown_member(*at, part);
      member = additional;
    }
    if (member == nullptr) return {};
    at = member;
  }
  return is_false(at) ? "the schema allows nothing there" : "";
}

}  // namespace sagad::definition

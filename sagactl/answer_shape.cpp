#include "sagactl/answer_shape.hpp"

#include <span>

namespace sagad::sagactl {
namespace {

enum class type : std::uint8_t { text, integer, flag, list, object };

struct typed_member {
  std::string_view name;
  type is;
};

// Of a whole answer, whichever route's.
constexpr typed_member answer_members[] = {
    {"id", type::text},         {"state", type::text},       {"outcome", type::text},     {"key", type::text},
    {"started", type::text},    {"changed", type::text},     {"seq", type::integer},      {"steps", type::list},
    {"labels", type::object},   {"sagas", type::list},       {"as_of", type::text},       {"counts", type::object},
    {"events", type::list},     {"at_end", type::flag},      {"definitions", type::list}, {"name", type::text},
    {"version", type::integer}, {"new_version", type::flag}, {"retired", type::flag},     {"participants", type::list},
    {"results", type::list},    {"found", type::integer},    {"found_all", type::flag},   {"versions", type::object},
    {"status", type::text},     {"nodes", type::list},
};

// Of what stands in its lists: sagas, steps, records, definitions, participants, nodes, results.
constexpr typed_member item_members[] = {
    {"id", type::text},
    {"saga", type::text},
    {"name", type::text},
    {"step", type::text},
    {"state", type::text},
    {"outcome", type::text},
    {"key", type::text},
    {"seq", type::integer},
    {"events", type::list},
    {"labels", type::object},
    {"version", type::integer},
    {"endpoints", type::list},
    {"address", type::text},
    {"partitions", type::list},
    {"silent_ms", type::integer},
    {"leaving", type::flag},
    {"reads_format", type::integer},
};

bool is_of(const rapidjson::Value& value, type wanted) {
  switch (wanted) {
    case type::text: return value.IsString();
    case type::integer: return value.IsInt64();
    case type::flag: return value.IsBool();
    case type::list: return value.IsArray();
    case type::object: return value.IsObject();
  }
  return false;
}

std::string_view word_of(type wanted) {
  switch (wanted) {
    case type::text: return "text";
    case type::integer: return "an integer";
    case type::flag: return "true or false";
    case type::list: return "a list";
    case type::object: return "an object";
  }
  return "?";
}

const rapidjson::Value* member_of(const rapidjson::Value& object, std::string_view name) {
  const auto found = object.FindMember(
      rapidjson::Value(rapidjson::StringRef(name.data(), static_cast<rapidjson::SizeType>(name.size()))));
  return found == object.MemberEnd() || found->value.IsNull() ? nullptr : &found->value;
}

std::string wrong_type_in(const rapidjson::Value& object, std::span<const typed_member> known) {
  for (const auto& [name, wanted] : known) {
    const auto* value = member_of(object, name);
    if (value != nullptr && !is_of(*value, wanted))
      return "`" + std::string(name) + "` is not " + std::string(word_of(wanted));
  }
  return {};
}

std::string wrong_type_among(const rapidjson::Value& items) {
  for (const auto& item : items.GetArray()) {
    if (!item.IsObject()) return "its list has an element that is no object";
    if (auto why = wrong_type_in(item, item_members); !why.empty()) return why;
  }
  return {};
}

}  // namespace

std::string misfit(const rapidjson::Value& answer, std::string_view member) {
  if (answer.IsArray()) return member.empty() ? wrong_type_among(answer) : "it is a list";
  if (!answer.IsObject()) return "it is no JSON object";
  if (!member.empty() && member_of(answer, member) == nullptr) return "it has no `" + std::string(member) + "`";
  if (auto why = wrong_type_in(answer, answer_members); !why.empty()) return why;
  for (const auto& [name, wanted] : answer_members) {
    const auto* list = wanted == type::list ? member_of(answer, name) : nullptr;
    if (list == nullptr) continue;
    if (auto why = wrong_type_among(*list); !why.empty()) return why;
  }
  if (const auto* next = member_of(answer, "next")) {
    const auto wanted = member_of(answer, "results") != nullptr ? type::integer : type::text;
    if (!is_of(*next, wanted)) return "`next` is not " + std::string(word_of(wanted));
  }
  if (member != "definition") return {};
  return member_of(answer, member)->IsObject() ? std::string() : "`definition` is not an object";
}

}  // namespace sagad::sagactl

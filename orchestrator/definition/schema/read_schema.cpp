#include "definition/schema/read_schema.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/nearest.hpp"
#include "definition/fields.hpp"
#include "definition/schema/schema_node.hpp"
#include "json/json.hpp"

namespace sagad::definition {
namespace {

using schema_node = input_schema::node;

constexpr std::array<std::string_view, 7> type_words = {"null",   "boolean", "integer", "number",
                                                        "string", "array",   "object"};

class schema_reader {
 public:
  explicit schema_reader(mistake_list& found) : found_(found) {}

  schema_node::schema read(const node& written) {
    auto compiled = std::make_shared<schema_node>();
    if (written.is == node::type::boolean) {
      compiled->never = written.text == "false";
      return compiled;
    }
    const fields in(
        written, "a schema",
        {"type", "properties", "required", "additionalProperties", "items", "enum", "const", "minimum", "maximum",
         "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems"},
        found_);
    if (!in.usable()) return compiled;
    read_types(in, *compiled);
    read_properties(in, *compiled);
    if (const node* items = in.find("items")) compiled->items = read(*items);
    read_choices(in, *compiled);
    compiled->minimum = read_bound(in, "minimum");
    compiled->maximum = read_bound(in, "maximum");
    compiled->above = read_bound(in, "exclusiveMinimum");
    compiled->below = read_bound(in, "exclusiveMaximum");
    read_sizes(in, "minLength", "maxLength", compiled->length_min, compiled->length_max);
    read_sizes(in, "minItems", "maxItems", compiled->items_min, compiled->items_max);
    if (compiled->minimum && compiled->maximum && compiled->minimum->value > compiled->maximum->value) {
      found_.add(in.find("minimum")->at, "`minimum` is above `maximum`: nothing would ever fit");
    }
    return compiled;
  }

 private:
  void read_type(const node& written, schema_node& into) {
    const auto* known = written.is == node::type::string || written.is == node::type::null
                            ? std::find(type_words.begin(), type_words.end(), written.text)
                            : type_words.end();
    if (known == type_words.end()) {
      const bool meant_null = written.is == node::type::null;
      found_.add(written.at,
                 meant_null ? "`type` is nothing: write \"null\", in quotes, for the type of null"
                            : "`type` is " + shown(written) + ", which is no type" + hint(written.text, type_words));
      return;
    }
    into.types = static_cast<std::uint8_t>(into.types | 1U << (known - type_words.begin()));
  }

  void read_types(const fields& in, schema_node& into) {
    const node* types = in.find("type");
    if (types == nullptr) return;
    if (types->is != node::type::sequence) {
      read_type(*types, into);
      return;
    }
    if (types->items.empty()) found_.add(types->at, "`type` is an empty list: nothing would ever fit");
    for (const auto& item : types->items) read_type(item, into);
  }

  void read_properties(const fields& in, schema_node& into) {
    if (const node* properties = in.find("properties")) {
      if (properties->is != node::type::mapping) {
        found_.add(properties->at, "`properties` is a mapping of names to schemas, and here stands " +
                                       std::string(describe(*properties)));
      }
      for (const auto& member : properties->members)
        into.properties.push_back({member.name, false, read(member.value)});
    }
    const node* additional = in.find("additionalProperties");
    const bool closed = additional != nullptr && additional->text == "false";
    if (const node* required = in.find("required")) read_required(*required, closed, into);
    std::sort(into.properties.begin(), into.properties.end(),
              [](const auto& left, const auto& right) { return left.name < right.name; });
    if (additional != nullptr) into.additional = read(*additional);
  }

  void read_required(const node& required, bool closed, schema_node& into) {
    if (required.is != node::type::sequence) {
      found_.add(required.at, "`required` is a list of names, and here stands " + std::string(describe(required)));
      return;
    }
    for (const auto& item : required.items) {
      if (item.is != node::type::string) {
        found_.add(item.at, "`required` has " + shown(item) + ", where a name is expected");
        continue;
      }
      const auto same_name = [&](const auto& property) { return property.name == item.text; };
      const auto known = std::find_if(into.properties.begin(), into.properties.end(), same_name);
      if (known == into.properties.end() && closed) {
        found_.add(item.at, "`required` has `" + item.text +
                                "`, which is not among the `properties`, and `additionalProperties: false` allows no "
                                "other: nothing would ever fit");
      } else if (known == into.properties.end()) {
        into.properties.push_back({item.text, true, nullptr});
      } else {
        known->required = true;
      }
    }
  }

  void add_choice(const node& written, schema_node& into) {
    std::string raw;
    append_json(raw, written);
    into.choices.push_back(comparable(raw));
    into.choices_shown.push_back(std::move(raw));
  }

  void read_choices(const fields& in, schema_node& into) {
    const node* choices = in.find("enum");
    const node* constant = in.find("const");
    if (choices != nullptr && constant != nullptr) {
      found_.add(constant->at, "a schema has `enum` or `const`, not both: leave one out");
      return;
    }
    if (constant != nullptr) add_choice(*constant, into);
    if (choices == nullptr) return;
    if (choices->is != node::type::sequence || choices->items.empty()) {
      found_.add(choices->at, "`enum` is a list of at least one value");
      return;
    }
    for (const auto& item : choices->items) add_choice(item, into);
  }

  std::optional<schema_node::bound> read_bound(const fields& in, std::string_view key) {
    const node* written = in.find(key);
    if (written == nullptr) return std::nullopt;
    if (written->is == node::type::number) return schema_node::bound(written->text);
    found_.add(written->at, "`" + std::string(key) + "` is " + shown(*written) + ", where a number is expected");
    return std::nullopt;
  }

  std::optional<std::size_t> read_size(const fields& in, std::string_view key) {
    const node* written = in.find(key);
    if (written == nullptr) return std::nullopt;
    const auto size = written->is == node::type::number ? exact_integer(written->text) : std::nullopt;
    if (size && *size >= 0) return static_cast<std::size_t>(*size);
    found_.add(written->at, "`" + std::string(key) + "` is " + shown(*written) + ", where a whole number is expected");
    return std::nullopt;
  }

  void read_sizes(const fields& in, std::string_view least_key, std::string_view most_key,
                  std::optional<std::size_t>& least, std::optional<std::size_t>& most) {
    least = read_size(in, least_key);
    most = read_size(in, most_key);
    if (least && most && *least > *most) {
      found_.add(in.find(least_key)->at,
                 "`" + std::string(least_key) + "` is above `" + std::string(most_key) + "`: nothing would ever fit");
    }
  }

  mistake_list& found_;
};

}  // namespace

input_schema read_schema(const node& written, mistake_list& found) {
  return input_schema(schema_reader(found).read(written));
}

}  // namespace sagad::definition

#include "definition/schema/read_schema.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "base/nearest.hpp"
#include "definition/fields.hpp"
#include "definition/other_words.hpp"
#include "definition/schema/reference_table.hpp"
#include "definition/schema/schema_node.hpp"
#include "json/json.hpp"

namespace sagad::definition {
namespace {

// Ten to this power is as far as remainders are counted.
constexpr std::int64_t multiple_most = 1'000'000'000'000'000'000;

constexpr std::size_t patterns_max = 32;

const std::initializer_list<std::string_view> schema_words = {"type",
                                                              "properties",
                                                              "required",
                                                              "additionalProperties",
                                                              "items",
                                                              "enum",
                                                              "const",
                                                              "minimum",
                                                              "maximum",
                                                              "exclusiveMinimum",
                                                              "exclusiveMaximum",
                                                              "multipleOf",
                                                              "minLength",
                                                              "maxLength",
                                                              "minItems",
                                                              "maxItems",
                                                              "uniqueItems",
                                                              "pattern",
                                                              "format",
                                                              "$ref",
                                                              "$defs",
                                                              "title",
                                                              "description",
                                                              "default",
                                                              "examples",
                                                              "$comment",
                                                              "$schema"};

// Members of the input, written where the keys of its schema stand: none is a key, nor nearly one all of them.
bool lacks_properties(const node& written) {
  const std::span<const std::string_view> known(schema_words.begin(), schema_words.size());
  const auto is_known = [&](const node_member& member) {
    return std::find(known.begin(), known.end(), member.name) != known.end();
  };
  const auto is_near = [&](const node_member& member) {
    return hint_of_meaning(member.name, known).starts_with(": did you mean");
  };
  const auto may_be_schema = [](const node_member& member) {
    return member.value.is == node::type::string || member.value.is == node::type::mapping;
  };
  return written.is == node::type::mapping && !written.members.empty() &&
         std::all_of(written.members.begin(), written.members.end(), may_be_schema) &&
         std::none_of(written.members.begin(), written.members.end(), is_known) &&
         !std::all_of(written.members.begin(), written.members.end(), is_near);
}

class schema_reader {
 public:
  explicit schema_reader(mistake_list& found) : found_(found), references_(found) {}

  std::shared_ptr<const input_schema::compiled> read_root(const node& written) {
    compiled_->root = read(written);
    if (const node* defined = written.find("$defs"); defined != nullptr) read_definitions(*defined);
    references_.join();
    for (auto& one : compiled_->nodes) {
      const bool looks_inside = !one.properties.empty() || one.additional != nullptr || one.items != nullptr;
      compiled_->ways_meet |= one.also != nullptr && looks_inside;
    }
    return std::move(compiled_);
  }

 private:
  const schema_node* read(const node& written) {
    auto& into = compiled_->nodes.emplace_back();
    if (written.is == node::type::boolean) {
      into.never = written.text == "false";
      return &into;
    }
    if (&into == &compiled_->nodes.front() && lacks_properties(written)) {
      const auto& first = written.members.front();
      found_.add(first.at, "`" + first.name +
                               "` is no key of a schema: the members of the input stand under `properties`, "
                               "as in {type: object, properties: {" +
                               first.name + ": {type: string}}}");
      return &into;
    }
    const fields in(written, "a schema", schema_words, found_, "{type: string}");
    if (!in.usable()) return &into;
    read_types(in, into);
    read_properties(in, into);
    read_items(in, into);
    read_choices(in, into);
    read_number_bounds(in, into);
    read_text_bounds(in, into);
    read_reference(in, into, written);
    for (const auto* key : {"title", "description", "$comment", "$schema"}) in.text(key);
    return &into;
  }

  void read_definitions(const node& defined) {
    if (defined.is != node::type::mapping) {
      found_.add(defined.at,
                 "`$defs` is a mapping of names to schemas, and here stands " + std::string(describe(defined)));
    }
    for (const auto& member : defined.members) references_.define(member.name, read(member.value));
  }

  void read_reference(const fields& in, schema_node& into, const node& written) {
    const bool is_root = &into == &compiled_->nodes.front();
    if (const node* defined = in.find("$defs"); defined != nullptr && !is_root) {
      found_.add(defined->at, "`$defs` stands at the top of `input` only: move it there");
    }
    const node* reference = in.find("$ref");
    if (reference == nullptr) return;
    references_.refer(into, *reference);
    constexpr std::array<std::string_view, 8> say_nothing = {"$ref",    "$defs",    "title",    "description",
                                                             "default", "examples", "$comment", "$schema"};
    into.only_refers = std::all_of(written.members.begin(), written.members.end(), [&](const node_member& member) {
      return std::find(say_nothing.begin(), say_nothing.end(), member.name) != say_nothing.end();
    });
  }

  void read_items(const fields& in, schema_node& into) {
    if (const node* items = in.find("items")) into.items = read(*items);
    read_sizes(in, "minItems", "maxItems", into.items_min, into.items_max);
    const node* unique = in.find("uniqueItems");
    if (unique == nullptr) return;
    into.items_are_unique = unique->text == "true";
    if (unique->is == node::type::boolean) return;
    found_.add(unique->at, "`uniqueItems` is " + shown(*unique) + ", where true or false is expected");
  }

  void read_number_bounds(const fields& in, schema_node& into) {
    into.minimum = read_bound(in, "minimum");
    into.maximum = read_bound(in, "maximum");
    into.above = read_bound(in, "exclusiveMinimum");
    into.below = read_bound(in, "exclusiveMaximum");
    if (into.minimum && into.maximum && into.minimum->value > into.maximum->value) {
      found_.add(in.find("minimum")->at, "`minimum` is above `maximum`, and nothing would ever fit: lower it");
    }
    if (const node* multiple = in.find("multipleOf")) {
      const auto of = multiple->is == node::type::number ? exact_integer(multiple->text) : std::nullopt;
      if (of && *of >= 1 && *of <= multiple_most) {
        into.multiple_of = static_cast<std::uint64_t>(*of);
      } else {
        found_.add(multiple->at, "`multipleOf` is " + shown(*multiple) + ", where a whole number from 1 to " +
                                     std::to_string(multiple_most) + " is expected");
      }
    }
    into.has_number_bounds = into.minimum || into.maximum || into.above || into.below || into.multiple_of != 0;
  }

  void read_text_bounds(const fields& in, schema_node& into) {
    read_sizes(in, "minLength", "maxLength", into.length_min, into.length_max);
    read_pattern(in, into);
    if (const auto format = in.text("format")) {
      std::vector<std::string_view> names;
      for (const auto& known : text_formats()) {
        names.push_back(known.name);
        if (known.name == *format) into.format = &known;
      }
      if (into.format == nullptr) {
        found_.add(in.find("format")->at,
                   [&] { return "`format` is `" + *format + "`, which is not checked here" + hint(*format, names); });
      }
    }
    into.has_text_bounds = into.length_min || into.length_max || into.pattern != nullptr || into.format != nullptr;
  }

  void read_pattern(const fields& in, schema_node& into) {
    const auto written = in.text("pattern");
    if (!written) return;
    const place at = in.find("pattern")->at;
    if (++patterns_ > patterns_max) {
      found_.add(at, "this is one `pattern` more than the " + std::to_string(patterns_max) +
                         " that an input may have: put it into `$defs` once, where it is repeated");
      return;
    }
    auto pattern = text_pattern::compile(*written);
    if (auto* compiled = std::get_if<std::shared_ptr<const text_pattern>>(&pattern)) {
      into.pattern = std::move(*compiled);
    } else {
      found_.add(at, "`pattern` is none that RE2 reads: " + std::get<std::string>(pattern));
    }
  }

  void read_type(const node& written, schema_node& into) {
    const auto* known = written.is == node::type::string || written.is == node::type::null
                            ? std::find(type_words.begin(), type_words.end(), written.text)
                            : type_words.end();
    if (known == type_words.end()) {
      const bool meant_null = written.is == node::type::null;
      found_.add(written.at, [&] {
        return meant_null
                   ? "`type` is nothing: write \"null\", in quotes, for the type of null"
                   : "`type` is " + shown(written) + ", which is no type" + hint_of_meaning(written.text, type_words);
      });
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
    if (types->items.empty()) found_.add(types->at, "`type` is an empty list, and nothing would ever fit: name a type");
    for (const auto& item : types->items) read_type(item, into);
  }

  using property_map = std::map<std::string, schema_node::property, std::less<>>;

  void read_properties(const fields& in, schema_node& into) {
    property_map named;
    if (const node* properties = in.find("properties")) {
      if (properties->is != node::type::mapping) {
        found_.add(properties->at, "`properties` is a mapping of names to schemas, and here stands " +
                                       std::string(describe(*properties)));
      }
      for (const auto& member : properties->members) {
        named.emplace(member.name, schema_node::property{member.name, false, read(member.value)});
      }
    }
    const node* additional = in.find("additionalProperties");
    const bool closed = additional != nullptr && additional->is == node::type::boolean && additional->text == "false";
    // What else there may be is said by others, too, where there are such.
    const bool alone = additional == nullptr && in.find("$ref") == nullptr;
    if (const node* required = in.find("required")) read_required(*required, closed, alone, named);
    for (auto& [name, property] : named) into.properties.push_back(std::move(property));
    if (additional != nullptr) into.additional = read(*additional);
  }

  void read_required(const node& required, bool closed, bool alone, property_map& named) {
    if (required.is != node::type::sequence) {
      found_.add(required.at,
                 "`required` is a list of names, as in [item], written beside the `properties` that it is "
                 "about, and here stands " +
                     std::string(describe(required)));
      return;
    }
    std::vector<std::string_view> known;
    for (const auto& [name, property] : named) known.push_back(name);
    for (const auto& item : required.items) {
      if (item.is != node::type::string) {
        found_.add(item.at, "`required` has " + shown(item) + ", where a name is expected");
      } else if (alone && named.count(item.text) == 0 && !nearest(item.text, known).empty()) {
        found_.add(item.at, "`required` has `" + item.text + "`, which is not among the `properties`" +
                                hint(item.text, known) + " If not, write it into `properties`");
      } else if (closed && named.count(item.text) == 0) {
        found_.add(item.at, "`required` has `" + item.text +
                                "`, which is not among the `properties`, and `additionalProperties: false` allows no "
                                "other: add it to the `properties`");
      } else {
        named.emplace(item.text, schema_node::property{item.text, true, nullptr}).first->second.required = true;
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
      const std::string is = choices->is == node::type::sequence ? "an empty list" : shown(*choices);
      found_.add(choices->at, "`enum` is " + is + ", where a list of at least one value is expected");
      return;
    }
    for (const auto& item : choices->items) add_choice(item, into);
    std::sort(into.choices.begin(), into.choices.end());
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
    found_.add(written->at,
               "`" + std::string(key) + "` is " + shown(*written) + ", where a whole number from 0 is expected");
    return std::nullopt;
  }

  void read_sizes(const fields& in, std::string_view least_key, std::string_view most_key,
                  std::optional<std::size_t>& least, std::optional<std::size_t>& most) {
    least = read_size(in, least_key);
    most = read_size(in, most_key);
    if (least && most && *least > *most) {
      found_.add(in.find(least_key)->at, "`" + std::string(least_key) + "` is above `" + std::string(most_key) +
                                             "`, and nothing would ever fit: lower it");
    }
  }

  mistake_list& found_;
  reference_table references_;
  std::shared_ptr<input_schema::compiled> compiled_ = std::make_shared<input_schema::compiled>();
  std::size_t patterns_ = 0;
};

}  // namespace

input_schema read_schema(const node& written, mistake_list& found) {
  return input_schema(schema_reader(found).read_root(written));
}

}  // namespace sagad::definition

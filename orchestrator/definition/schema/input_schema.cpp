#include "definition/input_schema.hpp"

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <charconv>

#include "base/nearest.hpp"
#include "definition/schema/schema_node.hpp"
#include "json/cursor.hpp"
#include "json/json.hpp"

namespace sagad::definition {
namespace {

using schema_node = input_schema::node;

constexpr std::size_t violations_max = 100;

std::size_t characters(std::string_view text) noexcept {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

std::string cut_short(std::string_view raw) {
  constexpr std::size_t shown_bytes_max = 60;
  if (raw.size() <= shown_bytes_max) return std::string(raw);
  std::size_t end = shown_bytes_max;
  while (end > 0 && (raw[end] & 0xC0) == 0x80) --end;
  return std::string(raw.substr(0, end)) + "...";
}

std::uint8_t type_of(json::kind kind) noexcept {
  switch (kind) {
    case json::kind::null: return null_type;
    case json::kind::boolean: return boolean_type;
    case json::kind::number: return number_type;
    case json::kind::string: return string_type;
    case json::kind::array: return array_type;
    case json::kind::object: return object_type;
  }
  return 0;
}

bool is_integer(std::string_view raw) {
  return raw.find_first_of(".eE") == std::string_view::npos || decimal(raw).is_integer();
}

class checker {
 public:
  explicit checker(std::string_view text) : at_(text) {}

  std::vector<violation> check(const schema_node& schema) {
    value(schema);
    return std::move(found_);
  }

 private:
  void fail(std::string detail) {
    if (found_.size() < violations_max) found_.push_back({pointer_, std::move(detail)});
  }

  void fail_below(std::string_view name, std::string detail) {
    const std::size_t above = push(name);
    fail(std::move(detail));
    pointer_.resize(above);
  }

  std::size_t push(std::string_view name) {
    const std::size_t above = pointer_.size();
    pointer_ += '/';
    for (const char letter : name) {
      if (letter == '~') {
        pointer_ += "~0";
      } else if (letter == '/') {
        pointer_ += "~1";
      } else {
        pointer_ += letter;
      }
    }
    return above;
  }

  // Passes the value, whatever it is.
  void value(const schema_node& schema) {
    if (found_.size() == violations_max) {
      at_.take();
      return;
    }
    const json::kind kind = at_.next_kind();
    json::cursor ahead = at_;
    if (schema.never) {
      fail("is " + cut_short(ahead.take()) + ", where nothing is allowed");
    } else if (schema.types != 0 && !type_fits(schema, kind)) {
      fail("is " + described(kind) + "; expected " + type_names(schema.types));
    } else if (!schema.choices.empty() && !is_choice(schema)) {
      // told there
    } else if (kind == json::kind::object) {
      object(schema);
      return;
    } else if (kind == json::kind::array) {
      array(schema);
      return;
    } else {
      plain(schema, kind);
      return;
    }
    at_.take();
  }

  bool type_fits(const schema_node& schema, json::kind kind) {
    if ((schema.types & type_of(kind)) != 0) return true;
    if (kind != json::kind::number || (schema.types & integer_type) == 0) return false;
    json::cursor ahead = at_;
    return is_integer(ahead.take());
  }

  std::string described(json::kind kind) {
    json::cursor ahead = at_;
    if (kind == json::kind::object || kind == json::kind::array) return type_names(type_of(kind));
    return cut_short(ahead.take());
  }

  bool is_choice(const schema_node& schema) {
    json::cursor ahead = at_;
    const std::string_view raw = ahead.take();
    const std::string same = comparable(raw);
    if (std::find(schema.choices.begin(), schema.choices.end(), same) != schema.choices.end()) return true;
    std::string list;
    for (const auto& choice : schema.choices_shown) list += (list.empty() ? "" : ", ") + choice;
    fail("is " + cut_short(raw) + "; expected " + (schema.choices.size() == 1 ? "" : "one of ") + cut_short(list));
    return false;
  }

  void object(const schema_node& schema) {
    boost::container::small_vector<bool, 32> seen(schema.properties.size(), false);
    at_.members([&](std::string_view raw_name) {
      member(schema, raw_name, seen);
      return true;
    });
    for (std::size_t at = 0; at < seen.size(); ++at) {
      const auto& property = schema.properties[at];
      if (property.required && !seen[at]) fail_below(property.name, "is missing");
    }
  }

  template <typename Seen>
  void member(const schema_node& schema, std::string_view raw_name, Seen& seen) {
    std::string unescaped;
    std::string_view name = raw_name.substr(1, raw_name.size() - 2);
    if (name.find('\\') != std::string_view::npos) name = unescaped = json::unescape(raw_name);
    const auto known =
        std::lower_bound(schema.properties.begin(), schema.properties.end(), name,
                         [](const auto& property, std::string_view wanted) { return property.name < wanted; });
    const bool is_known = known != schema.properties.end() && known->name == name;
    if (is_known) seen[static_cast<std::size_t>(known - schema.properties.begin())] = true;
    // A name that is only required is no property: what is additional holds for it.
    const schema_node* const inner = is_known && known->value != nullptr ? known->value.get() : schema.additional.get();
    if (inner == nullptr) {
      at_.take();
      return;
    }
    if (inner->never && inner == schema.additional.get()) {
      fail_below(name, "is not expected" + nearest_property(schema, name));
      at_.take();
      return;
    }
    const std::size_t above = push(name);
    value(*inner);
    pointer_.resize(above);
  }

  static std::string nearest_property(const schema_node& schema, std::string_view name) {
    std::vector<std::string_view> known;
    for (const auto& property : schema.properties) known.push_back(property.name);
    const auto meant = nearest(name, known);
    return meant.empty() ? "" : ": did you mean `" + std::string(meant) + "`?";
  }

  void array(const schema_node& schema) {
    std::size_t count = 0;
    at_.elements([&](std::size_t index) {
      ++count;
      if (schema.items == nullptr) {
        at_.take();
        return true;
      }
      const std::size_t above = push(std::to_string(index));
      value(*schema.items);
      pointer_.resize(above);
      return true;
    });
    size(count, schema.items_min, schema.items_max, "items");
  }

  void size(std::size_t is, const std::optional<std::size_t>& least, const std::optional<std::size_t>& most,
            std::string_view what) {
    if (least && is < *least) {
      fail("has " + std::to_string(is) + " " + std::string(what) + "; expected at least " + std::to_string(*least));
    }
    if (most && is > *most) {
      fail("has " + std::to_string(is) + " " + std::string(what) + "; expected at most " + std::to_string(*most));
    }
  }

  void plain(const schema_node& schema, json::kind kind) {
    const std::string_view raw = at_.take();
    if (kind == json::kind::number) {
      number(schema, raw);
    } else if (kind == json::kind::string && (schema.length_min || schema.length_max)) {
      const auto inside = raw.substr(1, raw.size() - 2);
      const bool escaped = inside.find('\\') != std::string_view::npos;
      size(escaped ? characters(json::unescape(raw)) : characters(inside), schema.length_min, schema.length_max,
           "characters");
    }
  }

  void number(const schema_node& schema, std::string_view raw) {
    if (!schema.minimum && !schema.maximum && !schema.above && !schema.below) return;
    const auto refuse = [&](std::string_view expected, const schema_node::bound& bound) {
      fail("is " + cut_short(raw) + "; expected " + std::string(expected) + " " + bound.text);
    };
    if (schema.minimum && compare(raw, *schema.minimum) < 0) refuse("at least", *schema.minimum);
    if (schema.maximum && compare(raw, *schema.maximum) > 0) refuse("at most", *schema.maximum);
    if (schema.above && compare(raw, *schema.above) <= 0) refuse("more than", *schema.above);
    if (schema.below && compare(raw, *schema.below) >= 0) refuse("less than", *schema.below);
  }

  // Almost all numbers and bounds are small integers: those need no memory.
  static std::strong_ordering compare(std::string_view raw, const schema_node::bound& bound) {
    std::int64_t integer = 0;
    const char* const end = raw.data() + raw.size();
    const auto read = std::from_chars(raw.data(), end, integer);
    if (bound.integer && read.ec == std::errc() && read.ptr == end) return integer <=> *bound.integer;
    return decimal(raw) <=> bound.value;
  }

  json::cursor at_;
  std::string pointer_;
  std::vector<violation> found_;
};

}  // namespace

std::vector<violation> input_schema::check(std::string_view json) const {
  if (root_ == nullptr) return {};
  return checker(json).check(*root_);
}

}  // namespace sagad::definition

#include "definition/input_schema.hpp"

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <charconv>
#include <set>

#include "base/nearest.hpp"
#include "base/utf8.hpp"
#include "definition/schema/schema_node.hpp"
#include "json/cursor.hpp"
#include "json/json.hpp"

namespace sagad::definition {
namespace {

std::string cut_short(std::string_view raw) {
  constexpr std::size_t shown_bytes_max = 60;
  if (raw.size() <= shown_bytes_max) return std::string(raw);
  return std::string(beginning(raw, shown_bytes_max)) + "...";
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
  checker(std::string_view text, bool ways_meet) : at_(text), ways_meet_(ways_meet) {}

  violations check(const schema_node& schema) {
    value(schema);
    return std::move(found_);
  }

 private:
  // What a schema and one that it refers to both want is told once.
  template <typename Detail>
  void fail(Detail&& detail) {
    if (found_.told.size() == violations::told_max) {
      ++found_.more;
      return;
    }
    violation misfit{pointer_, detail()};
    const bool told = std::any_of(found_.told.begin(), found_.told.end(), [&misfit](const violation& one) {
      return one.pointer == misfit.pointer && one.detail == misfit.detail;
    });
    if (!told) found_.told.push_back(std::move(misfit));
  }

  template <typename Detail>
  void fail_below(std::string_view name, Detail&& detail) {
    const std::size_t above = push(name);
    fail(detail);
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
    if (schema.also == nullptr) {
      apply(schema);
    } else {
      value_with_references(schema);
    }
  }

  // A schema that refers to another has both held against the value.
  void value_with_references(const schema_node& schema) {
    const json::cursor before = at_;
    for (const schema_node* one = &schema; one != nullptr; one = one->also) {
      if (one->only_refers) continue;
      at_ = before;
      if (one != &schema && was_held(*one)) {
        at_.take();
        return;
      }
      apply(*one);
    }
  }

  // Whether a schema that is referred to was held against the value before; it is noted, too.
  bool was_held(const schema_node& schema) { return ways_meet_ && !held_.insert({at_.offset(), &schema}).second; }

  void apply(const schema_node& schema) {
    const json::kind kind = at_.next_kind();
    if (schema.never) {
      fail([this] { return "is " + cut_short(ahead()) + ", where nothing is allowed"; });
    } else if (schema.types != 0 && !type_fits(schema, kind)) {
      fail([&] { return "must be " + type_names(schema.types) + ", is " + described(kind); });
    } else if (!schema.choices.empty() && !is_choice(schema)) {
      fail([&] { return not_a_choice(schema); });
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

  // The value that the cursor stands before, not passed.
  std::string_view ahead() const {
    json::cursor further = at_;
    return further.take();
  }

  bool type_fits(const schema_node& schema, json::kind kind) const {
    if ((schema.types & type_of(kind)) != 0) return true;
    return kind == json::kind::number && (schema.types & integer_type) != 0 && is_integer(ahead());
  }

  std::string described(json::kind kind) const {
    if (kind == json::kind::object || kind == json::kind::array) return type_names(type_of(kind));
    return cut_short(ahead());
  }

  bool is_choice(const schema_node& schema) const {
    return std::binary_search(schema.choices.begin(), schema.choices.end(), comparable(ahead()));
  }

  std::string not_a_choice(const schema_node& schema) const {
    std::string list;
    for (const auto& choice : schema.choices_shown) list += (list.empty() ? "" : ", ") + choice;
    return (schema.choices.size() == 1 ? "must be " : "must be one of ") + cut_short(list) + ", is " +
           cut_short(ahead());
  }

  void object(const schema_node& schema) {
    boost::container::small_vector<bool, 32> seen(schema.properties.size(), false);
    at_.members([&](std::string_view raw_name) {
      member(schema, raw_name, seen);
      return true;
    });
    for (std::size_t at = 0; at < seen.size(); ++at) {
      const auto& property = schema.properties[at];
      if (property.required && !seen[at]) fail_below(property.name, [] { return "is missing"; });
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
    const schema_node* const inner = is_known && known->value != nullptr ? known->value : schema.additional;
    if (inner == nullptr) {
      at_.take();
      return;
    }
    if (inner->never && inner == schema.additional) {
      fail_below(name, [&] { return "is not expected" + nearest_property(schema, name); });
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
    std::vector<std::pair<std::string, std::size_t>> items;
    std::size_t count = 0;
    at_.elements([&](std::size_t index) {
      ++count;
      if (schema.items_are_unique) items.emplace_back(comparable(ahead()), index);
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
    if (items.size() > 1) repeated(std::move(items));
  }

  void repeated(std::vector<std::pair<std::string, std::size_t>> items) {
    std::sort(items.begin(), items.end());
    std::vector<std::pair<std::size_t, std::size_t>> repeats;  // the item and the first one like it
    std::size_t first = 0;
    for (std::size_t at = 1; at < items.size(); ++at) {
      if (items[at].first == items[first].first) {
        repeats.emplace_back(items[at].second, items[first].second);
      } else {
        first = at;
      }
    }
    std::sort(repeats.begin(), repeats.end());
    for (const auto& [item, same] : repeats) {
      fail_below(std::to_string(item), [original = same] {
        return "must differ from the other items, is the same as item " + std::to_string(original);
      });
    }
  }

  void size(std::size_t is, const std::optional<std::size_t>& least, const std::optional<std::size_t>& most,
            std::string_view what) {
    const auto refuse = [&](std::string_view bound, std::size_t expected) {
      fail([&] {
        return "must have " + std::string(bound) + std::to_string(expected) + " " + std::string(what) + ", has " +
               std::to_string(is);
      });
    };
    if (least && is < *least) refuse("at least ", *least);
    if (most && is > *most) refuse("at most ", *most);
  }

  void plain(const schema_node& schema, json::kind kind) {
    const std::string_view raw = at_.take();
    if (kind == json::kind::number && schema.has_number_bounds) number(schema, raw);
    if (kind == json::kind::string && schema.has_text_bounds) text(schema, raw);
  }

  void number(const schema_node& schema, std::string_view raw) {
    const auto refuse = [&](std::string_view expected, const std::string& bound) {
      fail([&] { return "must be " + std::string(expected) + bound + ", is " + cut_short(raw); });
    };
    if (schema.minimum && compare(raw, *schema.minimum) < 0) refuse("at least ", schema.minimum->text);
    if (schema.maximum && compare(raw, *schema.maximum) > 0) refuse("at most ", schema.maximum->text);
    if (schema.above && compare(raw, *schema.above) <= 0) refuse("more than ", schema.above->text);
    if (schema.below && compare(raw, *schema.below) >= 0) refuse("less than ", schema.below->text);
    if (schema.multiple_of != 0 && !decimal(raw).is_multiple_of(schema.multiple_of)) {
      refuse("a multiple of ", std::to_string(schema.multiple_of));
    }
  }

  // Almost all numbers and bounds are small integers: those need no memory.
  static std::strong_ordering compare(std::string_view raw, const schema_node::bound& bound) {
    std::int64_t integer = 0;
    const char* const end = raw.data() + raw.size();
    const auto read = std::from_chars(raw.data(), end, integer);
    if (bound.integer && read.ec == std::errc() && read.ptr == end) return integer <=> *bound.integer;
    return decimal(raw) <=> bound.value;
  }

  void text(const schema_node& schema, std::string_view raw) {
    std::string unescaped;
    std::string_view inside = raw.substr(1, raw.size() - 2);
    if (inside.find('\\') != std::string_view::npos) inside = unescaped = json::unescape(raw);
    const std::size_t length = schema.length_min || schema.length_max ? characters(inside) : 0;
    size(length, schema.length_min, schema.length_max, "characters");
    const auto refuse = [&](std::string_view expected) {
      fail([&] { return "must be " + std::string(expected) + ", is " + cut_short(raw); });
    };
    if (schema.format != nullptr && !schema.format->fits(inside)) refuse(schema.format->meaning);
    // What is too long already is not searched, so that `maxLength` bounds what a search may cost.
    const bool is_searched = schema.pattern != nullptr && !(schema.length_max && length > *schema.length_max);
    if (is_searched && !schema.pattern->is_in(inside)) {
      refuse("text with the pattern `" + cut_short(schema.pattern->written()) + "`");
    }
  }

  json::cursor at_;
  bool ways_meet_;
  std::set<std::pair<std::size_t, const schema_node*>> held_;  // schemas that were referred to, and where
  std::string pointer_;
  violations found_;
};

}  // namespace

violations input_schema::check(std::string_view json) const {
  if (schema_ == nullptr) return {};
  return checker(json, schema_->ways_meet).check(*schema_->root);
}

const schema_node* input_schema::root() const noexcept {
  return schema_ == nullptr ? nullptr : schema_->root;
}

}  // namespace sagad::definition

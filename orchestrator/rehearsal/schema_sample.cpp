#include "rehearsal/schema_sample.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "json/json.hpp"
#include "rehearsal/number_sample.hpp"
#include "rehearsal/scatter.hpp"

namespace sagad::rehearsal {
namespace {

using definition::schema_node;

bool is_index(const std::string& name) {
  constexpr std::size_t digits_max = 2;  // an element further back is no reason for a list of thousands
  return !name.empty() && name.size() <= digits_max && name.find_first_not_of("0123456789") == std::string::npos;
}

void append_plain(std::string& out, free_kind kind, const std::string& word) {
  switch (kind) {
    case free_kind::text: json::append_string(out, word); break;
    case free_kind::number: out += '1'; break;
    case free_kind::boolean: out += "true"; break;
    case free_kind::list: out += "[]"; break;
  }
}

bool is_list(const read_places& read) {
  return !read.inside.empty() &&
         std::all_of(read.inside.begin(), read.inside.end(), [](const auto& one) { return is_index(one.first); });
}

std::size_t last_index(const read_places& read) {
  std::size_t last = 0;
  for (const auto& [name, inside] : read.inside) last = std::max<std::size_t>(last, std::stoul(name));
  return last;
}

// All of them must be fitted: what a schema refers to beside itself, too.
using schema_list = std::vector<const schema_node*>;

bool allows_everything(const schema_node& schema) {
  return schema.types == 0 && schema.properties.empty() && schema.additional == nullptr && schema.items == nullptr &&
         schema.choices.empty() && !schema.has_number_bounds && !schema.has_text_bounds && !schema.items_min &&
         !schema.items_max && !schema.items_are_unique && !schema.never;
}

void add_schema(schema_list& into, const schema_node* schema) {
  for (; schema != nullptr; schema = schema->also) {
    const bool is_new = std::find(into.begin(), into.end(), schema) == into.end();
    if (is_new && !allows_everything(*schema)) into.push_back(schema);
  }
}

bool fits_all(const schema_list& schemas, std::string_view json) {
  return std::all_of(schemas.begin(), schemas.end(), [&](const auto* schema) {
    auto alone = std::make_shared<definition::input_schema::compiled>();
    alone->root = schema;
    alone->ways_meet = true;
    return definition::input_schema(std::move(alone)).check(json).empty();
  });
}

const schema_node::property* property_of(const schema_node& schema, const std::string& name) {
  const auto found = std::find_if(schema.properties.begin(), schema.properties.end(),
                                  [&](const auto& property) { return property.name == name; });
  return found == schema.properties.end() ? nullptr : &*found;
}

schema_list inside(const schema_list& schemas, const std::string& name) {
  schema_list out;
  for (const auto* schema : schemas) {
    const auto* property = property_of(*schema, name);
    add_schema(out, property != nullptr && property->value != nullptr ? property->value : schema->additional);
  }
  return out;
}

// Which types all of them allow. An integer is a number, too: it stands there alone where only integers fit.
std::uint8_t types_of(const schema_list& schemas) {
  using namespace definition;
  unsigned types = null_type | boolean_type | integer_type | number_type | string_type | array_type | object_type;
  for (const auto* schema : schemas) {
    const unsigned integers = (schema->types & number_type) != 0 ? unsigned{integer_type} : 0U;
    if (schema->types != 0) types &= schema->types | integers;
  }
  if ((types & number_type) != 0) types &= ~static_cast<unsigned>(integer_type);
  return static_cast<std::uint8_t>(types);
}

template <typename Says>
bool any_says(const schema_list& schemas, Says&& says) {
  return std::any_of(schemas.begin(), schemas.end(), [&](const auto* schema) { return says(*schema); });
}

// The type that is meant comes first.
std::vector<definition::schema_type> types_in_turn(const schema_list& schemas, const read_places* read) {
  using namespace definition;
  const auto types = types_of(schemas);
  std::vector<schema_type> out;
  const auto add = [&](schema_type type) {
    if ((types & type) != 0 && std::find(out.begin(), out.end(), type) == out.end()) out.push_back(type);
  };
  if (read != nullptr && !read->inside.empty()) add(is_list(*read) ? array_type : object_type);
  if (!any_says(schemas, [](const schema_node& schema) { return schema.types != 0; })) {
    if (any_says(schemas, [](const schema_node& schema) { return !schema.properties.empty(); })) add(object_type);
    const auto has_items = [](const schema_node& schema) { return schema.items != nullptr || schema.items_min; };
    if (any_says(schemas, has_items)) add(array_type);
    if (any_says(schemas, [](const schema_node& schema) { return schema.has_number_bounds; })) add(number_type);
    add(string_type);
  }
  for (const auto type : {object_type, string_type, integer_type, number_type, boolean_type, array_type, null_type}) {
    add(type);
  }
  return out;
}

class maker {
 public:
  maker(text_sample& texts, const kind_of_slice& kind) : texts_(texts), kind_(kind) {}

  // Of another `order`, most often another value; what has no other is missing.
  made_up value(const schema_list& schemas, const read_places* read, const std::string& name, std::size_t order) {
    if (++values_ > values_max) return missing("there are more values than are made up");
    if (schemas.empty()) return free_value(read, name, order);
    if (any_says(schemas, [](const schema_node& schema) { return schema.never; })) {
      return missing("nothing may stand there");
    }
    if (any_says(schemas, [](const schema_node& schema) { return !schema.choices.empty(); })) {
      return choice(schemas, order);
    }
    const auto types = types_in_turn(schemas, read);
    if (types.empty()) return missing("no type is allowed by all that is said of it");
    if (order != 0) return of_type(types[order % types.size()], schemas, read, name, order / types.size());
    auto first = of_type(types.front(), schemas, read, name, 0);
    for (std::size_t at = 1; at < types.size() && !first.missing.empty(); ++at) {
      auto other = of_type(types[at], schemas, read, name, 0);
      if (other.missing.empty()) return other;
    }
    return first;
  }

 private:
  static constexpr std::size_t values_max = 50'000;  // tried ones, too
  static constexpr std::size_t depth_max = 60;       // less than JSON may have

  made_up missing(std::string why) const { return {"null", {{pointer_, std::move(why)}}}; }

  std::size_t push(const std::string& name) {
    const auto above = pointer_.size();
    pointer_ += '/';
    for (const char letter : name) pointer_ += letter == '~' ? "~0" : letter == '/' ? "~1" : std::string(1, letter);
    return above;
  }

  made_up inside_value(const schema_list& schemas, const read_places* read, const std::string& step,
                       const std::string& name, std::size_t order) {
    const auto above = push(step);
    auto made = value(schemas, read, name, order);
    pointer_.resize(above);
    return made;
  }

  made_up free_value(const read_places* read, const std::string& name, std::size_t order) const {
    made_up made;
    const auto numbered = order == 0 ? name : name + "-" + std::to_string(order + 1);
    if (read == nullptr) {
      json::append_string(made.json, numbered);
    } else {
      append_free(made.json, *read, numbered, kind_);
    }
    return made;
  }

  made_up choice(const schema_list& schemas, std::size_t order) const {
    const auto from = std::find_if(schemas.begin(), schemas.end(),
                                   [](const schema_node* schema) { return !schema->choices.empty(); });
    for (const auto& json : (*from)->choices_shown) {
      if (fits_all(schemas, json) && order-- == 0) return {json, {}};
    }
    return missing("none of the values that are listed fits all that is said of it");
  }

  made_up of_type(definition::schema_type type, const schema_list& schemas, const read_places* read,
                  const std::string& name, std::size_t order) {
    switch (type) {
      case definition::object_type: return nested(schemas, read, [&] { return object(schemas, read, name, order); });
      case definition::array_type: return nested(schemas, read, [&] { return array(schemas, read, name, order); });
      case definition::string_type: return text(schemas, name, order);
      case definition::integer_type:
      case definition::number_type: return number(schemas, type == definition::integer_type, order);
      case definition::boolean_type: return order < 2 ? made_up{order == 0 ? "true" : "false", {}} : missing(no_other);
      case definition::null_type: return order == 0 ? made_up{"null", {}} : missing(no_other);
    }
    return missing(no_other);
  }

  // What holds itself, and is not even read, holds itself without an end.
  template <typename Make>
  made_up nested(const schema_list& schemas, const read_places* read, Make&& make) {
    const bool again = read == nullptr && std::find(path_.begin(), path_.end(), schemas) != path_.end();
    if (again || path_.size() == depth_max) return missing("it is too deep: what it must hold goes on without an end");
    path_.push_back(schemas);
    auto made = make();
    path_.pop_back();
    if (made.missing.empty() && made.json.size() > schema_sample::bytes_max) return missing(too_large);
    return made;
  }

  static const read_places* read_in(const read_places* read, const std::string& name) {
    if (read == nullptr) return nullptr;
    const auto found = read->inside.find(name);
    return found == read->inside.end() ? nullptr : &found->second;
  }

  made_up object(const schema_list& schemas, const read_places* read, const std::string& name, std::size_t order) {
    std::map<std::string, bool> names;  // and whether they are required
    for (const auto* schema : schemas) {
      for (const auto& property : schema->properties) names[property.name] |= property.required;
    }
    made_up all{"{", {}};
    std::size_t at = 0;
    for (const auto& [member, required] : names) {
      const auto* read_there = read_in(read, member);
      const auto own = order_of_member(order, at++, names.size());
      if (required || read_there != nullptr || own != 0) add_member(all, schemas, read_there, member, required, own);
    }
    if (read != nullptr) {
      for (const auto& [member, read_there] : read->inside) {
        if (names.count(member) == 0) add_member(all, schemas, &read_there, member, false, 0);
      }
    }
    if (order != 0) add_member(all, schemas, nullptr, name + "-" + std::to_string(order), false, 0);
    all.json += '}';
    return all;
  }

  // One member after the other is another one, and then several.
  static std::size_t order_of_member(std::size_t order, std::size_t at, std::size_t count) {
    if (order == 0) return 0;
    const auto round = (order - 1) / count;
    if (round < 2) return (order - 1) % count == at ? round + 1 : 0;
    return scatter(order * count + at).below(round + 1);
  }

  void add_member(made_up& into, const schema_list& schemas, const read_places* read, const std::string& name,
                  bool required, std::size_t order) {
    const auto within = inside(schemas, name);
    auto made = inside_value(within, read, name, name, order);
    if (!made.missing.empty() && order != 0) made = inside_value(within, read, name, name, 0);
    if (!made.missing.empty() && !required) return;
    json::append_name(into.json, name);
    into.json += made.json;
    into.missing.insert(into.missing.end(), made.missing.begin(), made.missing.end());
  }

  struct item_bounds {
    explicit item_bounds(const schema_list& schemas) {
      for (const auto* schema : schemas) {
        add_schema(each, schema->items);
        least = std::max(least, schema->items_min.value_or(0));
        most = std::min(most, schema->items_max.value_or(most));
        differ |= schema->items_are_unique;
      }
    }

    schema_list each;
    std::size_t least = 0;
    std::size_t most = static_cast<std::size_t>(-1);
    bool differ = false;
  };

  made_up array(const schema_list& schemas, const read_places* read, const std::string& name, std::size_t order) {
    const item_bounds items(schemas);
    if (items.least > items.most) return missing("no number of items is allowed by all that is said of it");
    auto count = std::max<std::size_t>(items.least, 1);
    if (read != nullptr && is_list(*read)) count = std::max(count, last_index(*read) + 1);
    // Other lists have other items, or more of them.
    if (order % 2 == 0) count += order / 2;
    count = std::min(count, items.most);
    std::set<std::string> before;
    std::size_t next = (order + 1) / 2 * (order % 2);
    made_up all{"[", {}};
    for (std::size_t at = 0; at < count; ++at) {
      auto made = item(items, read_in(read, std::to_string(at)), name, at, before, next);
      if (all.json.size() > schema_sample::bytes_max) made = missing(too_large);
      if (!made.missing.empty() && at >= items.least) break;
      if (at != 0) all.json += ',';
      all.json += made.json;
      all.missing = std::move(made.missing);
      if (!all.missing.empty()) break;
    }
    all.json += ']';
    return all;
  }

  made_up item(const item_bounds& items, const read_places* read, const std::string& name, std::size_t at,
               std::set<std::string>& before, std::size_t& next) {
    // Numbered, so that it is seen which is which.
    const auto numbered = at == 0 ? name : name + "-" + std::to_string(at + 1);
    if (!items.differ) return inside_value(items.each, read, std::to_string(at), numbered, next);
    constexpr std::size_t tries_max = 256;
    made_up first;
    for (std::size_t tried = 0; tried < tries_max; ++tried) {
      auto made = inside_value(items.each, read, std::to_string(at), name, next++);
      if (made.missing.empty() && before.insert(definition::comparable(made.json)).second) return made;
      if (tried == 0) first = std::move(made);
    }
    if (!first.missing.empty() && at == 0) return first;
    const auto above = push(std::to_string(at));
    made_up made = missing("no item was found that differs from those before it");
    pointer_.resize(above);
    return made;
  }

  made_up number(const schema_list& schemas, bool is_integer, std::size_t order) const {
    auto made = number_sample(schemas, is_integer, order);
    if (!made || !fits_all(schemas, *made)) return missing("no number was found that is within its bounds");
    return {std::move(*made), {}};
  }

  made_up text(const schema_list& schemas, const std::string& name, std::size_t order) {
    const auto made = texts_.make(schemas, name, order, schema_sample::bytes_max);
    if (!made) return missing(no_text(schemas));
    made_up out;
    json::append_string(out.json, *made);
    return out;
  }

  static std::string no_text(const schema_list& schemas) {
    std::string wanted;
    const auto add = [&](const std::string& what) { wanted += (wanted.empty() ? "" : " and ") + what; };
    for (const auto* schema : schemas) {
      if (schema->length_min) add("at least " + std::to_string(*schema->length_min) + " characters");
      if (schema->length_max) add("at most " + std::to_string(*schema->length_max) + " characters");
      if (schema->format != nullptr) add("the format " + std::string(schema->format->name));
      if (schema->pattern != nullptr) add("the pattern `" + schema->pattern->written() + "`");
    }
    return "no text was found with " + wanted;
  }

  static constexpr const char* no_other = "there is no other value";
  static constexpr const char* too_large = "it is larger than what is made up, 64 KiB";

  text_sample& texts_;
  const kind_of_slice& kind_;
  std::string pointer_;
  std::vector<schema_list> path_;
  std::size_t values_ = 0;
};

}  // namespace

bool read_places::add(const std::vector<std::string>& path, definition::slice_no which) {
  auto* at = this;
  for (const auto& name : path) at = &at->inside[name];
  if (at->slice) return false;
  at->slice = which;
  return true;
}

void append_free(std::string& out, const read_places& read, const std::string& word, const kind_of_slice& kind) {
  if (read.inside.empty()) {
    append_plain(out, read.slice ? kind(*read.slice) : free_kind::text, word);
    return;
  }
  if (is_list(read)) {
    out += '[';
    for (std::size_t at = 0; at <= last_index(read); ++at) {
      if (at != 0) out += ',';
      const auto found = read.inside.find(std::to_string(at));
      if (found == read.inside.end()) {
        out += "null";
      } else {
        append_free(out, found->second, word, kind);
      }
    }
    out += ']';
    return;
  }
  out += '{';
  for (const auto& [name, inside] : read.inside) {
    json::append_name(out, name);
    append_free(out, inside, word.empty() ? name : word + "-" + name, kind);
  }
  out += '}';
}

made_up schema_sample::make(const read_places& read, const kind_of_slice& kind) {
  schema_list all;
  add_schema(all, schema_);
  return maker(texts_, kind).value(all, &read, "", 0);
}

}  // namespace sagad::rehearsal

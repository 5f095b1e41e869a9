#include "rehearsal/schema_sample.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.hpp"
#include "json/json.hpp"

namespace sagad::rehearsal {
namespace {

using definition::schema_node;

// Schemas may refer to themselves; nobody wants to look at a sample that is deeper.
constexpr int depth_max = 8;

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

class sampler {
 public:
  sampler(std::string& out, const kind_of_slice& kind) : out_(out), kind_(kind) {}

  void value(const schema_node* schema, const read_places* read, const std::string& name) {
    while (schema != nullptr && schema->also != nullptr && says_nothing(*schema)) schema = schema->also;
    if (schema == nullptr || says_nothing(*schema)) {
      free_value(read, name);
      return;
    }
    if (!schema->choices_shown.empty()) {
      out_ += schema->choices_shown.front();
      return;
    }
    if (depth_ == depth_max) {
      out_ += "null";
      fits_ = false;
      return;
    }
    if (schema->never) fits_ = false;
    ++depth_;
    of_type(*schema, read, name);
    --depth_;
  }

 private:
  static bool says_nothing(const schema_node& schema) {
    return schema.types == 0 && schema.properties.empty() && schema.items == nullptr && schema.choices.empty() &&
           !schema.has_number_bounds && !schema.has_text_bounds && !schema.items_min && !schema.never;
  }

  void free_value(const read_places* read, const std::string& name) {
    if (read == nullptr) {
      json::append_string(out_, name);
    } else {
      append_free(out_, *read, name, kind_);
    }
  }

  static definition::schema_type type_of(const schema_node& schema, const read_places* read) {
    using namespace definition;
    const auto may_be = [&](schema_type type) { return schema.types == 0 || (schema.types & type) != 0; };
    const bool read_inside = read != nullptr && !read->inside.empty();
    if (read_inside && may_be(object_type) && !is_list(*read)) return object_type;
    if (read_inside && may_be(array_type) && is_list(*read)) return array_type;
    if (schema.types == 0) {
      if (!schema.properties.empty()) return object_type;
      if (schema.items != nullptr || schema.items_min) return array_type;
      return schema.has_number_bounds ? integer_type : string_type;
    }
    for (const auto type : {object_type, string_type, integer_type, number_type, boolean_type, array_type}) {
      if ((schema.types & type) != 0) return type;
    }
    return null_type;
  }

  void of_type(const schema_node& schema, const read_places* read, const std::string& name) {
    switch (type_of(schema, read)) {
      case definition::object_type: object(schema, read); break;
      case definition::array_type: array(schema, read, name); break;
      case definition::string_type: text(schema, name); break;
      case definition::integer_type:
      case definition::number_type: number(schema); break;
      case definition::boolean_type: out_ += "true"; break;
      case definition::null_type: out_ += "null"; break;
    }
  }

  void object(const schema_node& schema, const read_places* read) {
    out_ += '{';
    for (const auto& property : schema.properties) {
      const auto* inside = read_in(read, property.name);
      if (!property.required && inside == nullptr) continue;
      member(property.value, inside, property.name, property.required);
    }
    if (read != nullptr) {
      for (const auto& [name, inside] : read->inside) {
        if (!is_property(schema, name)) member(schema.additional, &inside, name, false);
      }
    }
    out_ += '}';
  }

  void member(const schema_node* schema, const read_places* read, const std::string& name, bool required) {
    const auto write = [&] {
      json::append_name(out_, name);
      value(schema, read, name);
    };
    if (required) {
      write();
    } else {
      write_if_it_fits(write);
    }
  }

  // Nothing is written where no value is known that fits. False: so it was.
  template <typename writer>
  bool write_if_it_fits(const writer& write) {
    const auto before = out_.size();
    const bool fitted = std::exchange(fits_, true);
    write();
    const bool fits = std::exchange(fits_, fitted);
    if (!fits) out_.resize(before);
    return fits;
  }

  static const read_places* read_in(const read_places* read, const std::string& name) {
    if (read == nullptr) return nullptr;
    const auto found = read->inside.find(name);
    return found == read->inside.end() ? nullptr : &found->second;
  }

  static bool is_property(const schema_node& schema, const std::string& name) {
    return std::any_of(schema.properties.begin(), schema.properties.end(),
                       [&](const auto& property) { return property.name == name; });
  }

  void array(const schema_node& schema, const read_places* read, const std::string& name) {
    constexpr std::size_t items_shown_max = 100;
    auto count = std::max<std::size_t>(schema.items_min.value_or(0), 1);
    if (read != nullptr && is_list(*read)) count = std::max(count, last_index(*read) + 1);
    count = std::min({count, schema.items_max.value_or(count), items_shown_max});
    out_ += '[';
    for (std::size_t at = 0; at < count; ++at) {
      const auto write = [&] {
        if (at != 0) out_ += ',';
        // Numbered, so that they differ where they have to.
        value(schema.items, read_in(read, std::to_string(at)), at == 0 ? name : name + "-" + std::to_string(at + 1));
      };
      if (at < schema.items_min.value_or(0)) {
        write();
      } else if (!write_if_it_fits(write)) {
        break;
      }
    }
    out_ += ']';
  }

  void number(const schema_node& schema) {
    std::int64_t made = 1;
    if (schema.minimum && schema.minimum->integer) made = std::max(made, *schema.minimum->integer);
    if (schema.above && schema.above->integer && *schema.above->integer < INT64_MAX) {
      made = std::max(made, *schema.above->integer + 1);
    }
    if (schema.maximum && schema.maximum->integer) made = std::min(made, *schema.maximum->integer);
    if (schema.below && schema.below->integer && *schema.below->integer > INT64_MIN) {
      made = std::min(made, *schema.below->integer - 1);
    }
    constexpr std::int64_t far = INT64_MAX / 2;
    if (schema.multiple_of > 1 && schema.multiple_of < far && made > -far && made < far) {
      const auto unit = static_cast<std::int64_t>(schema.multiple_of);
      made += (unit - made % unit) % unit;
      const bool too_large = (schema.maximum && schema.maximum->integer && made > *schema.maximum->integer) ||
                             (schema.below && schema.below->integer && made >= *schema.below->integer);
      if (too_large) made -= unit;
    }
    out_ += std::to_string(made);
  }

  void text(const schema_node& schema, std::string made) {
    if (schema.format != nullptr) {
      constexpr std::array<std::string_view, 3> examples{"2030-01-01T12:00:00Z", "2eb8aa08-aa98-41ea-b4aa-73b441d16380",
                                                         "ann@example.com"};
      for (const auto example : examples) {
        if (schema.format->fits(example)) made = example;
      }
    } else if (schema.pattern != nullptr && !schema.pattern->is_in(made)) {
      for (const auto* tried : {"a", "A", "1", "ab", "AB", "12", "abc", "ABC", "123", "1234", "12345", "a-1", "A-1",
                                "A1", "DE", "EUR", "EU-1", "01", "a1"}) {
        if (schema.pattern->is_in(tried)) made = tried;
      }
    }
    constexpr std::size_t length_shown_max = 1000;
    const auto least = std::min(schema.length_min.value_or(0), length_shown_max);
    const auto length = characters(made);
    if (length < least) made.append(least - length, 'x');
    if (schema.length_max) made.resize(first_characters(made, *schema.length_max).size());
    const bool is_known_to_fit = (schema.format == nullptr || schema.format->fits(made)) &&
                                 (schema.pattern == nullptr || schema.pattern->is_in(made)) &&
                                 characters(made) >= schema.length_min.value_or(0);
    if (!is_known_to_fit) fits_ = false;
    json::append_string(out_, made);
  }

  std::string& out_;
  const kind_of_slice& kind_;
  int depth_ = 0;
  bool fits_ = true;  // all that has been written since the last member that may be absent, as far as it can be told
};

}  // namespace

void read_places::add(const std::vector<std::string>& path, definition::slice_no which) {
  auto* at = this;
  for (const auto& name : path) at = &at->inside[name];
  at->slice = which;
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

void append_sample(std::string& out, const definition::schema_node* schema, const read_places* read,
                   const std::string& name, const kind_of_slice& kind) {
  sampler(out, kind).value(schema, read, name);
}

}  // namespace sagad::rehearsal

#include "definition/schema/reference_table.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/nearest.hpp"
#include "json/json.hpp"

namespace sagad::definition {
namespace {

// `%41` is a byte (RFC 3986), then `~0` and `~1` are a tilde and a slash (RFC 6901); nothing where an escape is none.
std::optional<std::string> unescaped(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      bytes += text[at];
      continue;
    }
    unsigned byte = 0;
    const auto digits = text.substr(at + 1, 2);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() < 2 || read.ptr != digits.data() + 2) return std::nullopt;
    bytes += static_cast<char>(byte);
    at += 2;
  }
  std::string name;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (bytes[at] == '/') return std::nullopt;  // deeper inside
    if (bytes[at] != '~') {
      name += bytes[at];
      continue;
    }
    ++at;
    if (at == bytes.size() || (bytes[at] != '0' && bytes[at] != '1')) return std::nullopt;
    name += bytes[at] == '0' ? '~' : '/';
  }
  if (!json::valid_utf8(name)) return std::nullopt;
  return name;
}

}  // namespace

std::optional<std::string> definition_name(std::string_view reference) {
  constexpr std::string_view before = "#/$defs/";
  if (reference.substr(0, before.size()) != before) return std::nullopt;
  return unescaped(reference.substr(before.size()));
}

void add_with_references(const node& root, const node* schema, std::vector<const node*>& all) {
  const node* defined = root.find("$defs");
  std::size_t way = 0;
  while (schema != nullptr && std::find(all.begin(), all.end(), schema) == all.end()) {
    all.push_back(schema);
    if (++way > references_in_a_row_max) return;  // a mistake, which is told where it stands
    const node* reference = schema->find("$ref");
    const auto name = reference == nullptr ? std::nullopt : definition_name(reference->text);
    schema = name && defined != nullptr ? defined->find(*name) : nullptr;
  }
}

void reference_table::refer(schema_node& from, const node& written) {
  if (written.is == node::type::null) {
    found_.add(written.at,
               "`$ref` is nothing, as an unquoted `#` begins a comment: write it in quotes, as in \"#/$defs/item\"");
    return;
  }
  auto name = written.is == node::type::string ? definition_name(written.text) : std::nullopt;
  if (name) {
    references_.push_back({&from, std::move(*name), written.at});
  } else {
    found_.add(written.at, "`$ref` is " + shown(written) +
                               ", where a name among the `$defs` of this input is expected, as in \"#/$defs/item\"");
  }
}

void reference_table::join() {
  std::vector<std::string_view> names;
  for (const auto& [name, schema] : defined_) names.push_back(name);
  for (const auto& one : references_) {
    const auto known = defined_.find(one.name);
    if (known != defined_.end()) {
      one.from->also = known->second;
    } else {
      found_.add(one.at, [&] {
        return "`$ref` names `" + one.name + "`, which is not among the `$defs`" + hint(one.name, names);
      });
    }
  }
  refuse_circles();
  refuse_long_ways();
}

void reference_table::refuse_circles() {
  std::map<const schema_node*, const reference*> references;
  for (const auto& one : references_) references.emplace(one.from, &one);
  std::set<const schema_node*> ends;  // what is known to come to an end
  for (const auto& one : references_) {
    std::set<const schema_node*> way;
    const schema_node* at = one.from;
    while (at != nullptr && ends.count(at) == 0 && way.insert(at).second) at = at->also;
    if (at != nullptr && ends.count(at) == 0) {
      const reference& back = *references.at(at);
      found_.add(back.at, "`$ref` to `" + back.name +
                              "` comes back here without looking inside the value, and so says nothing about it: leave "
                              "it out, or refer from within `properties` or `items`");
      back.from->also = nullptr;
    }
    ends.insert(way.begin(), way.end());
  }
}

void reference_table::refuse_long_ways() {
  for (const auto& one : references_) {
    const schema_node* at = one.from;
    std::size_t way = 0;
    while (at->also != nullptr && way <= references_in_a_row_max) {
      at = at->also;
      ++way;
    }
    if (way <= references_in_a_row_max) continue;
    found_.add(one.at, "`$ref` to `" + one.name + "` begins a way of more than " +
                           std::to_string(references_in_a_row_max) +
                           " references, one to the next: refer to what stands at its end");
  }
}

}  // namespace sagad::definition

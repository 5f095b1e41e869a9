#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "definition/mistakes.hpp"
#include "definition/node.hpp"
#include "definition/schema/schema_node.hpp"

namespace sagad::definition {

/// So many schemas may refer from one to the next without looking inside the value.
inline constexpr std::size_t references_in_a_row_max = 32;

/// The name that `#/$defs/NAME` refers to; nothing for any other reference.
std::optional<std::string> definition_name(std::string_view reference);

/// Adds the schema and what it refers to, up to what is there already: a value must fit them all. `root` has the
/// `$defs`; null adds nothing. Of a way that is too long it takes the begin.
void add_with_references(const node& root, const node* schema, std::vector<const node*>& all);

/// Collects the `$defs` of a schema and its `$ref`s, and joins them when all are read.
class reference_table {
 public:
  explicit reference_table(mistake_list& found) : found_(found) {}

  void define(const std::string& name, const schema_node* schema) { defined_.emplace(name, schema); }

  /// `from` has a `$ref`, which is `written`.
  void refer(schema_node& from, const node& written);

  /// Sets `also` of all that refer. Told are unknown names and references in a circle, which would never say anything
  /// about a value; of those `also` is left empty.
  void join();

 private:
  struct reference {
    schema_node* from;
    std::string name;
    place at;
  };

  void refuse_circles();
  void refuse_long_ways();

  mistake_list& found_;
  std::map<std::string, const schema_node*, std::less<>> defined_;
  std::vector<reference> references_;
};

}  // namespace sagad::definition

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "definition/schema/schema_node.hpp"
#include "definition/text_template.hpp"

namespace sagad::rehearsal {

/// What is made up where nothing says which type a value has.
enum class free_kind : std::uint8_t { text, number, boolean, list };

/// The places of a value that templates read.
struct read_places {
  std::map<std::string, read_places> inside;
  std::optional<definition::slice_no> slice;

  void add(const std::vector<std::string>& path, definition::slice_no which);
};

using kind_of_slice = std::function<free_kind(definition::slice_no)>;

/// A value of the places alone: `word` is what its texts begin with, as in `escrow-hold`.
void append_free(std::string& out, const read_places& read, const std::string& word, const kind_of_slice& kind);

/// A small value that fits the schema and has all that is required and read, as far as it can be told: a pattern, for
/// one, is not understood. What may be absent is, where no value that fits is known. Whether the whole fits is for the
/// schema to say. `name` is the member that holds it.
void append_sample(std::string& out, const definition::schema_node* schema, const read_places* read,
                   const std::string& name, const kind_of_slice& kind);

}  // namespace sagad::rehearsal

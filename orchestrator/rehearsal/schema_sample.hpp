#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "definition/input_schema.hpp"
#include "definition/schema/schema_node.hpp"
#include "definition/text_template.hpp"
#include "rehearsal/text_sample.hpp"

namespace sagad::rehearsal {

/// What is made up where nothing says which type a value has.
enum class free_kind : std::uint8_t { text, number, boolean, list };

/// The places of a value that templates read.
struct read_places {
  std::map<std::string, read_places> inside;
  std::optional<definition::slice_no> slice;

  /// False: the place has a number already, and keeps it.
  bool add(const std::vector<std::string>& path, definition::slice_no which);
};

using kind_of_slice = std::function<free_kind(definition::slice_no)>;

/// A value of the places alone: `word` is what its texts begin with, as in `escrow-hold`.
void append_free(std::string& out, const read_places& read, const std::string& word, const kind_of_slice& kind);

struct made_up {
  std::string json;
  std::vector<definition::violation> missing;  ///< what must be there and could not be made up; there stands null
};

/// Makes up values that fit a schema, and have all that is required and read. What may be absent is, where no value
/// that fits is known. The same value every time. Not thread-safe.
class schema_sample {
 public:
  static constexpr std::size_t bytes_max = std::size_t{64} << 10U;  ///< of a value that is made up

  /// Null: any value fits.
  explicit schema_sample(const definition::schema_node* schema) : schema_(schema) {}

  made_up make(const read_places& read, const kind_of_slice& kind);

 private:
  const definition::schema_node* schema_;
  text_sample texts_;
};

}  // namespace sagad::rehearsal

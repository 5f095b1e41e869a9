#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "definition/schema/schema_node.hpp"
#include "rehearsal/pattern_text.hpp"

namespace sagad::rehearsal {

/// Makes up texts that fit schemas. Keeps what it found out about their patterns.
class text_sample {
 public:
  /// A text within the bounds of all these schemas, `name` where that fits. The same for the same `order`; others
  /// mostly are others. Nothing where none is found, or only one with more than `bytes_max`.
  std::optional<std::string> make(const std::vector<const definition::schema_node*>& schemas, const std::string& name,
                                  std::size_t order, std::size_t bytes_max);

 private:
  std::map<const definition::text_pattern*, pattern_text> patterns_;
};

}  // namespace sagad::rehearsal

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "definition/schema/schema_node.hpp"

namespace sagad::rehearsal {

/// A number within the bounds of all these schemas, as JSON: 1 where that fits, or one near. The same for the same
/// `order`; others mostly are others. Nothing where there are not so many.
std::optional<std::string> number_sample(const std::vector<const definition::schema_node*>& schemas, bool is_integer,
                                         std::size_t order);

}  // namespace sagad::rehearsal

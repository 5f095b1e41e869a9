#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/draft.hpp"
#include "config/field.hpp"
#include "config/node.hpp"

namespace sagad::config {

/// A field with the place of its value.
struct bound_field {
  const field_text* about;
  slot to;
};

template <typename Owner>
std::vector<bound_field> bind(std::span<const field<Owner>> fields, Owner& owner) {
  std::vector<bound_field> bound;
  bound.reserve(fields.size());
  for (const auto& each : fields) bound.push_back({&each.about, each.in(owner)});
  return bound;
}

/// Where a group is read from and how it is called in messages.
struct group_place {
  const std::string& file;
  std::string path;  ///< before each key in messages and origins: `participants.escrow.`, or nothing
};

/// Reads a mapping's members into the fields' places, with groups inside it; what is written but unknown, missing,
/// doubled or cannot be is told. Members of kind::table are left to the caller.
void read_group(const node& from, const group_place& place, std::span<const bound_field> fields, draft& into);

}  // namespace sagad::config

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "definition/expression/static_type.hpp"
#include "definition/node.hpp"

namespace sagad::definition {

/// What values that fit the schema may be: never less than they are, and more where keywords say so in ways that are
/// not looked into.
/// `root` has the `$defs` that it may refer to.
expression::static_type type_of(const node& schema, const node& root);

/// The same of a member of an object and of an element of an array, which have a schema, and of what stands at a path.
expression::static_type type_of_member(const expression::static_type& whole, std::string_view name);
expression::static_type type_of_element(const expression::static_type& whole);
expression::static_type type_at(const node& schema, const std::vector<std::string>& path);

}  // namespace sagad::definition

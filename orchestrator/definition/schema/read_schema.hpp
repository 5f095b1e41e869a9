#pragma once

#include "definition/input_schema.hpp"
#include "definition/mistakes.hpp"
#include "definition/node.hpp"

namespace sagad::definition {

/// Compiles the schema of a saga's input: of JSON Schema the keywords type, properties, required, additionalProperties,
/// items, enum, const, minimum, maximum, exclusiveMinimum, exclusiveMaximum, minLength, maxLength, minItems, maxItems,
/// and `true` and `false`. Any other keyword is a mistake: one that is not checked would only look as if it were.
input_schema read_schema(const node& written, mistake_list& found);

}  // namespace sagad::definition

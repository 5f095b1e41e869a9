#pragma once

#include <array>
#include <string_view>

#include "definition/input_schema.hpp"
#include "definition/mistakes.hpp"
#include "definition/node.hpp"

namespace sagad::definition {

/// What `type` may say.
inline constexpr std::array<std::string_view, 7> type_words = {"null",   "boolean", "integer", "number",
                                                               "string", "array",   "object"};

/// Compiles the schema of a saga's input. Of JSON Schema (2020-12) it has, beside `true` and `false`:
/// - type, enum, const;
/// - properties, required, additionalProperties;
/// - items, minItems, maxItems, uniqueItems;
/// - minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf (of whole numbers);
/// - minLength, maxLength, pattern (of RE2), format (date-time, uuid, email);
/// - $ref to a schema among the $defs at its top;
/// - title, description, default, examples, $comment, $schema, which change nothing.
/// Any other keyword is a mistake: one that is not checked would only look as if it were.
input_schema read_schema(const node& written, mistake_list& found);

}  // namespace sagad::definition

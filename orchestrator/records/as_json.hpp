#pragma once

#include <cstdint>
#include <string>

#include "base/saga_id.hpp"
#include "definition/definition.hpp"
#include "engine/record.hpp"

namespace sagad::records {

/// Appends the record as one JSON object, with the definition's step names: what people and event streams see. Times
/// are RFC 3339 in UTC. Bodies are spliced as the JSON that they are.
void append_json(std::string& out, const saga_id& saga, std::uint64_t position, const engine::record& record,
                 const definition::definition& definition);

/// `2026-05-04T10:20:30.123Z`
std::string timestamp(millis at);

}  // namespace sagad::records

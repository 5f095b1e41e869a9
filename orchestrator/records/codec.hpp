#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/record_format.hpp"
#include "engine/record.hpp"

/// Records as bytes, which begin with the number of their format. Saga, partition and position stand in the journal's
/// own entry beside them. In each format a record has one text: what would be written otherwise is not read.
/// `format_1.cpp` and `format_2.cpp` say what their bytes are.
namespace sagad::records {

/// Appends the record's bytes to `out`, in one of the formats up to `newest_record_format`. Format 2 keeps the first
/// half of what requests were released, and not the rest.
void encode(const engine::record& record, std::string& out, std::uint8_t format);

/// Why bytes are no record: damaged, or of a format that this program does not know.
struct unreadable {
  std::string why;
};

/// The record, of whichever format; its views point into `bytes`.
std::variant<engine::record, unreadable> decode(std::string_view bytes);

}  // namespace sagad::records

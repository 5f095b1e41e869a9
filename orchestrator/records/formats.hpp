#pragma once

#include <string>

#include "engine/record.hpp"
#include "records/bytes.hpp"

/// The formats, without the byte that says which: `encode` and `decode` write and read that.
namespace sagad::records::format_1 {

void put(const engine::record& record, std::string& out);
engine::record get(reader& from);

}  // namespace sagad::records::format_1

namespace sagad::records::format_2 {

void put(const engine::record& record, std::string& out);
engine::record get(reader& from);

}  // namespace sagad::records::format_2

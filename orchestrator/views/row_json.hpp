#pragma once

#include <string>

#include "views/database.hpp"

namespace sagad::views {

/// Appends what a list shows of a saga, as a JSON object.
void append_json(std::string& out, const kept_row& kept, database& file);

}  // namespace sagad::views

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sagad::json {

/// Where a text stops being JSON, and why.
struct fault {
  std::size_t offset = 0;  ///< bytes before it
  std::string what;
};

/// The first fault by the grammar of RFC 8259, for people: simdjson decides what is refused, but does not tell where.
/// UTF-8 and doubled names are not looked at.
std::optional<fault> explain(std::string_view text);

/// Whether `text` is a number by the grammar, of any size.
bool is_number(std::string_view text) noexcept;

}  // namespace sagad::json

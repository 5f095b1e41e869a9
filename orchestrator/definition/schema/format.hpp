#pragma once

#include <span>
#include <string_view>

namespace sagad::definition {

/// A known shape of text.
struct text_format {
  std::string_view name;     ///< as `format` has it
  std::string_view meaning;  ///< for messages: "a UUID, as in ..."
  bool (*fits)(std::string_view text) noexcept;
};

/// `date-time` (RFC 3339, 5.6), `uuid` (RFC 4122, 3) and `email` (RFC 5321, 4.1.2, in ASCII).
std::span<const text_format> text_formats() noexcept;

}  // namespace sagad::definition

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sagad::definition {

/// Why a definition may not set this header: it is no name of one, or sagad itself sets it.
std::optional<std::string> check_header_name(std::string_view name);

/// How names of headers are compared.
std::string lower_case(std::string_view name);

/// Whether the letter may not stand in a header's value.
constexpr bool is_control(char letter) noexcept {
  return static_cast<unsigned char>(letter) < 0x20 || static_cast<unsigned char>(letter) == 0x7F;
}

}  // namespace sagad::definition

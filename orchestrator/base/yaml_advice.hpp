#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sagad {

/// What to do about YAML that cannot be parsed, for the end of a message: begins with `; `. Parsers say which token
/// they did not expect; people left out quotes, wrote a tab, or indented by another width. `line` is where the parser
/// stopped, from 0; what is wrong stands there or above.
std::string yaml_advice(std::string_view text, std::size_t line);

/// The column at which a parser stopped, or that of its line's end; lines and columns from 1. Of an escape that the
/// text ends in yaml-cpp counts what is not there, too.
std::uint32_t yaml_column(std::string_view text, std::uint32_t line, std::uint32_t column) noexcept;

/// Whether a text that was read from YAML in UTF-8 holds a byte that begins no character: yaml-cpp reads the escapes
/// `\N` and `\_` as one each.
bool has_escape_of_one_byte(std::string_view read) noexcept;
/// What to say of it.
inline constexpr const char* escape_advice =
    "the escapes `\\N` and `\\_` are not known here: write `\\u0085`, `\\u00A0`";

}  // namespace sagad

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Bytes from anywhere, as people and logs can be shown them.
namespace sagad {

/// The length of the UTF-8 character that begins at `at`; 0 when none does.
std::size_t character_size(std::string_view text, std::size_t at) noexcept;

/// As one line of UTF-8: what is no character, a control character or the end of a line becomes `?`. Ends before the
/// character that would go past `bytes_max`.
std::string one_line(std::string_view text, std::size_t bytes_max = std::string_view::npos);

}  // namespace sagad

#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace sagad::sagactl {

/// What a stream's reader sees: a terminal of some width, or, by default, a pipe or a file, for which nothing is broken
/// into lines and nothing coloured.
struct screen {
  std::size_t columns = 0;  ///< 0: as wide as the text is
  bool colour = false;
};

/// Kept with the stream, as its other formatting is.
void set_screen(std::ostream& out, screen shown);
screen screen_of(std::ostream& out);

/// A table's cell as `out` shows it: states and what is wrong in colour.
std::string painted(std::ostream& out, std::string_view heading, const std::string& cell);

/// In characters; text is UTF-8.
std::size_t width_of(std::string_view text);
/// The words of `text` on lines of at most `width` characters; a longer word has a line of its own.
std::vector<std::string> lines_of(std::string_view text, std::size_t width);

}  // namespace sagad::sagactl

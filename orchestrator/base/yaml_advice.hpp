#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sagad {

/// What to do about YAML that cannot be parsed, for the end of a message: begins with `; `. Parsers say which token
/// they did not expect; people left out quotes, wrote a tab, or indented by another width. `line` is where the parser
/// stopped, from 0; what is wrong stands there or above.
std::string yaml_advice(std::string_view text, std::size_t line);

}  // namespace sagad

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sagad::config {

/// The end of a message about an unknown word: `: did you mean x?`, or all known words when none is near. Near is two
/// letters, or a third of the word's, changed, added or left out (V. Levenshtein, 1965).
std::string hint(std::string_view word, const std::vector<std::string>& known);

}  // namespace sagad::config

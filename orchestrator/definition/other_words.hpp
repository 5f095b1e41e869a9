#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sagad::definition {

/// For the end of a message: the known word that means what `word` does in other tools and languages, or else `hint`.
std::string hint_of_meaning(std::string_view word, std::span<const std::string_view> known);

}  // namespace sagad::definition

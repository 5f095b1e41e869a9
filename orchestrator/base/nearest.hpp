#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sagad {

/// The known word that was most likely meant; empty when none is near. By the number of letters changed, added, left
/// out or swapped (V. Levenshtein, 1965; F. Damerau, 1964), a third of the word at most. Of the known words only the
/// first 256 of about its length are looked at.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

/// For the end of a message: ": did you mean `x`?"; empty when none is near.
std::string meant(std::string_view word, std::span<const std::string_view> known);

/// The same, or the known words when none is near. What is a known word but for
/// the size of its letters, or the beginning of one alone, is meant for it, too.
std::string hint(std::string_view word, std::span<const std::string_view> known);

}  // namespace sagad

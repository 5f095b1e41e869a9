#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sagad::rehearsal {

/// What a pattern of RE2 is made of, as far as it takes to make up a text. What has no width (`^`, `\b`, flags) is left
/// out: whether a text fits is for the pattern itself to say.
struct pattern_part {
  enum class kind { letter, sequence, choice, repeat };

  static constexpr std::size_t no_end = static_cast<std::size_t>(-1);

  kind is = kind::sequence;
  std::vector<std::string> letters;  ///< of a letter: the characters that it may be, the plainest first
  std::vector<pattern_part> inside;  ///< of a repeat: one
  std::size_t least = 1;             ///< of a repeat
  std::size_t most = 1;
};

/// `written` is a pattern that RE2 reads.
pattern_part read_pattern(std::string_view written);

}  // namespace sagad::rehearsal

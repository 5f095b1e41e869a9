#pragma once

#include <bitset>
#include <vector>

#include "rehearsal/pattern_parts.hpp"
#include "rehearsal/pattern_text.hpp"

namespace sagad::rehearsal {

/// How many characters a text can have: a bit for each number.
using text_lengths = std::bitset<pattern_text::characters_max + 1>;

/// A part of a pattern with the lengths of the texts that it has.
struct measured_part {
  /// The part must outlive what is measured.
  explicit measured_part(const pattern_part& from);

  const pattern_part* what;
  std::vector<measured_part> inside;
  text_lengths possible;
  std::vector<text_lengths> rest;  ///< of a sequence: from its n-th part on; of a repeat: after n times, or more
};

}  // namespace sagad::rehearsal

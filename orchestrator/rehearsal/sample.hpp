#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rehearsal/script.hpp"

namespace sagad::rehearsal {

struct sample {
  rehearsal::script script;  ///< its input and its responses; everything is done at once
  std::vector<std::string>
      misfits;  ///< why the input is none for the definition, one a line: then nothing can be played
};

/// A script for a definition: with the given input, or one that is made up from the schema and from what is read of it;
/// with responses of which all is there that some template reads, of such types that the saga gets as far as it can.
sample make_sample(const definition::definition_ptr& definition, const std::optional<std::string>& input);

}  // namespace sagad::rehearsal

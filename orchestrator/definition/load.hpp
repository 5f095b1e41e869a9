#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "definition/definition.hpp"

namespace sagad::definition {

/// What a definition may refer to outside itself.
struct surroundings {
  struct participant {
    std::string name;
    std::vector<std::string> path_prefixes;  ///< sagas may use only paths below these; empty: any
  };
  std::vector<participant> participants;
  bool participants_known = true;  ///< false: offline, any participant name passes
  bool public_url = true;          ///< false: `by: callback` is refused
};

/// A mistake in a definition's text.
struct mistake {
  std::uint32_t line = 0;    ///< from 1
  std::uint32_t column = 0;  ///< from 1, in characters
  std::string text;          ///< what is wrong and what to write instead
};

using loaded = std::variant<definition_ptr, std::vector<mistake>>;

/// Checks and compiles a definition written in YAML or JSON. All mistakes that can be told apart are told at once.
/// Pure; thread-safe.
loaded load(std::string_view text, const surroundings& around);

/// Compiles what was stored: `canonical` as `load` made it, in this version or an older one. It was accepted once, so
/// nothing is held against it that is only refused to authors: limits, budgets, what may be read, participants and
/// prefixes. What is told is that it cannot be understood.
loaded load_canonical(std::string_view canonical);

}  // namespace sagad::definition

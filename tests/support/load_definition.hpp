#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "definition/load.hpp"

namespace sagad::tests {

/// A definition from its text, whichever participants it names. Throws what is wrong with it.
inline definition::definition_ptr load_definition(std::string_view text) {
  definition::surroundings around;
  around.participants_known = false;
  auto loaded = definition::load(text, around);
  if (auto* compiled = std::get_if<definition::definition_ptr>(&loaded)) return std::move(*compiled);
  std::string all = "the definition has mistakes:";
  for (const auto& mistake : std::get<std::vector<definition::mistake>>(loaded)) {
    all += "\n" + std::to_string(mistake.line) + ": " + mistake.text;
  }
  throw std::runtime_error(all);
}

}  // namespace sagad::tests

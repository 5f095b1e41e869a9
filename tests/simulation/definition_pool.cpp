#include "tests/simulation/definition_pool.hpp"

#include <array>
#include <string>

#include "definition/load.hpp"
#include "tests/simulation/defect.hpp"
#include "tests/simulation/random_saga.hpp"
#include "tests/simulation/world.hpp"

namespace sagad::simulation {
namespace {

auto load(const std::string& text) {
  definition::surroundings around;
  around.participants_known = false;
  return definition::load(text, around);
}

definition::definition_ptr must_load(const std::string& text) {
  auto loaded = load(text);
  if (auto* compiled = std::get_if<definition::definition_ptr>(&loaded)) return std::move(*compiled);
  const auto& mistakes = std::get<std::vector<definition::mistake>>(loaded);
  throw violation("a definition that was drawn does not load: " + mistakes.front().text + "\n" + text);
}

// Of those that most must be refused; empty: it was.
definition::definition_ptr draw_loosely(dice luck, const std::string& name) {
  auto loaded = load(draw_loose_definition(luck, name));
  const auto* compiled = std::get_if<definition::definition_ptr>(&loaded);
  return compiled != nullptr ? *compiled : nullptr;
}

struct compiled_pool {
  std::uint64_t number = 0;
  std::array<definition::definition_ptr, definition_pool::size> definitions;
};

}  // namespace

definition::definition_ptr definition_pool::get(std::size_t which) const {
  static compiled_pool kept;
  if (kept.number != number_) kept = {number_, {}};
  auto& found = kept.definitions.at(which);
  // With a defect somebody may do something to them: then each run has its own.
  if (found == nullptr || defects_possible) {
    dice luck(number_ * size + which);
    const auto name = "d" + std::to_string(which);
    constexpr std::size_t loose_of = 8;
    found = which % loose_of == 0 ? draw_loosely(luck, name) : nullptr;
    if (found == nullptr) found = must_load(draw_definition(luck, name));
  }
  return found;
}

}  // namespace sagad::simulation

#include "tests/simulation/definition_pool.hpp"

#include <array>
#include <string>

#include "definition/load.hpp"
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
  std::array<std::array<definition::definition_ptr, definition_pool::size>, definition_pool::versions> definitions;
};

}  // namespace

definition::definition_ptr definition_pool::draw(std::size_t which, std::size_t version) const {
  constexpr unsigned beyond_all_pools = 56;
  dice luck((number_ * size + which) ^ (std::uint64_t{version} << beyond_all_pools));
  const auto name = "d" + std::to_string(which);
  constexpr std::size_t loose_of = 8;
  if (which % loose_of == 0) {
    if (auto found = draw_loosely(luck, name)) return found;
  }
  return must_load(draw_definition(luck, name));
}

definition::definition_ptr definition_pool::get(std::size_t which, std::size_t version) const {
  if (own_) return draw(which, version);
  static compiled_pool kept;
  if (kept.number != number_) kept = {number_, {}};
  auto& found = kept.definitions.at(version).at(which);
  if (found == nullptr) found = draw(which, version);
  return found;
}

}  // namespace sagad::simulation

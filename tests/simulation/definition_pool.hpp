#pragma once

#include <cstdint>

#include "definition/definition.hpp"

namespace sagad::simulation {

/// The random definitions of a run. To draw and compile them takes as long as a third of a run, so that 512 seeds that
/// follow one another share 64 of them: which they are depends on the seed alone.
class definition_pool {
 public:
  static constexpr std::size_t size = 64;

  explicit definition_pool(std::uint64_t seed) : number_(seed / 512) {}

  /// One of them. Throws violation where what was drawn is not valid.
  definition::definition_ptr get(std::size_t which) const;

 private:
  std::uint64_t number_;
};

}  // namespace sagad::simulation

#pragma once

#include <cstdint>

#include "definition/definition.hpp"

namespace sagad::simulation {

/// The random definitions of a run. To draw and compile them takes as long as a third of a run, so that 512 seeds that
/// follow one another share 64 of them: which they are depends on the seed alone.
class definition_pool {
 public:
  static constexpr std::size_t size = 64;

  /// Of each of them, under the same name.
  static constexpr std::size_t versions = 2;

  /// `own`: each time one of its own is made, of which nobody else knows.
  explicit definition_pool(std::uint64_t seed, bool own = false) : number_(seed / 512), own_(own) {}

  /// One of them. Throws violation where what was drawn is not valid.
  definition::definition_ptr get(std::size_t which, std::size_t version = 0) const;

 private:
  definition::definition_ptr draw(std::size_t which, std::size_t version) const;

  std::uint64_t number_;
  bool own_;
};

}  // namespace sagad::simulation

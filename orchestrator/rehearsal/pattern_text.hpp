#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "definition/schema/text_pattern.hpp"

namespace sagad::rehearsal {

/// Makes up texts in which a pattern is found. Not thread-safe.
class pattern_text {
 public:
  static constexpr std::size_t characters_max = 2048;  ///< of a text that is made up

  explicit pattern_text(std::shared_ptr<const definition::text_pattern> pattern);
  pattern_text(pattern_text&&) noexcept;
  ~pattern_text();

  /// A text of `least` to `most` characters that `fits`, the same for the same number; other numbers mostly give
  /// others. Nothing where none is found.
  std::optional<std::string> make(std::size_t least, std::size_t most, std::size_t number,
                                  const std::function<bool(const std::string&)>& fits);

 private:
  struct program;

  std::shared_ptr<const definition::text_pattern> pattern_;
  std::unique_ptr<program> program_;
};

}  // namespace sagad::rehearsal

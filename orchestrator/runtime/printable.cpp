#include "runtime/printable.hpp"

#include <cstddef>

#include "base/one_line.hpp"

namespace sagad::runtime {

std::string printable(std::string_view text) {
  constexpr std::size_t bytes_max = 2048;
  return one_line(text, bytes_max);
}

}  // namespace sagad::runtime

#include "base/record_format.hpp"

namespace sagad {

std::uint8_t newest_record_format() noexcept {
  return 2;
}

}  // namespace sagad

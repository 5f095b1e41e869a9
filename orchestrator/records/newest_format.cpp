#include "records/newest_format.hpp"

namespace sagad::records {

std::uint8_t newest_format() noexcept {
  return 2;
}

}  // namespace sagad::records

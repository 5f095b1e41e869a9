#include "base/record_format.hpp"

// A program of the previous format, of this one's objects: the linker sends who asks for the newest one here (`--wrap`
// in CMakeLists.txt).
namespace sagad {

std::uint8_t newest_format_of_the_previous_program() noexcept asm("__wrap__ZN5sagad20newest_record_formatEv");

std::uint8_t newest_format_of_the_previous_program() noexcept {
  return 1;
}

}  // namespace sagad

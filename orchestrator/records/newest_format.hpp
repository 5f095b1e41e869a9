#pragma once

#include <cstdint>

namespace sagad::records {

/// The formats of records that this program reads, and may write: from 1 to this one. A function of an object of its
/// own, so that the linker can make a program of the previous format out of this one's objects.
std::uint8_t newest_format() noexcept;

}  // namespace sagad::records

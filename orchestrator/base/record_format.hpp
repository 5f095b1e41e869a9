#pragma once

#include <cstdint>

namespace sagad {

/// The formats of records that this program reads, and may write: from 1 to this one. What they are `records` knows; a
/// journal, to which records are bytes, says by it who may read what it keeps. A function of an object of its own, so
/// that the linker can make a program of the previous format out of this one's objects.
std::uint8_t newest_record_format() noexcept;

}  // namespace sagad

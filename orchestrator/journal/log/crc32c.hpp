#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sagad::journal::log {

/// CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), as in iSCSI and RFC 3720. `crc32c(ab) == crc32c(b,
/// crc32c(a))`. By the processor's instruction where there is one.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0) noexcept;

/// The same by tables, eight bytes a step: what processors without the instruction run.
std::uint32_t crc32c_by_tables(std::string_view bytes, std::uint32_t before = 0) noexcept;

/// Whether this processor has the instruction.
bool crc32c_in_hardware() noexcept;

}  // namespace sagad::journal::log

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "engine/record.hpp"

/// Records as bytes. Saga, partition and position stand in the journal's own entry beside them.
///
///     record   := format(1) cause(1) phase(1) flags(1: forced) seq time events released
///     events   := count { fact(1) mask field... }      fields in the order of the mask's bits, absent ones are zero or
///     empty released := count { step(1) side(1) generation digest(32) }
///
/// Numbers without a size are unsigned LEB128; times in events are signed distances to the record's time (zigzag);
/// texts are a length and bytes.
namespace sagad::records {

/// The format that this program writes.
inline constexpr std::uint8_t format = 1;

/// Appends the record's bytes to `out`.
void encode(const engine::record& record, std::string& out);

/// Why bytes are no record: damaged, or of a format that this program does not know.
struct unreadable {
  std::string why;
};

/// The record; its views point into `bytes`.
std::variant<engine::record, unreadable> decode(std::string_view bytes);

}  // namespace sagad::records

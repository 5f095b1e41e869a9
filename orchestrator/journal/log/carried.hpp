#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "journal/log/frame.hpp"

/// The body of a `carried` frame: 8 bytes that say when it was written and whether the last saga's copies go on in the
/// next such frame, then records, each saga's one behind the other from its first to its newest.
namespace sagad::journal::log {

inline constexpr std::size_t carried_header_bytes = 8;

/// Appends the header to a frame's buffer.
void append_carried_header(std::string& frame);
void set_carried(std::string& frame, millis at, bool unfinished) noexcept;

/// A record as a frame has it, and where it lies.
struct placed_record {
  record_view record;
  offset at = no_record;
};

/// Takes a frame's records apart, those of a carried frame too; false when they make no sense.
bool parse_records(const frame_header& header, std::string_view body, std::vector<placed_record>& records);
/// Of a carried frame: the last saga's copies go on in the next one.
bool is_unfinished(std::string_view carried_body) noexcept;
/// When it was written: copies have their records' times. 0 where there is no header.
millis carried_at(std::string_view carried_body) noexcept;

}  // namespace sagad::journal::log

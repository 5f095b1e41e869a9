#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "journal/journal.hpp"

/// The bytes of the log, as docs/log-format.md describes them. Pure.
namespace sagad::journal::log {

/// A place in the log. Frames follow each other without a gap, over all segments, from byte 0 on; segments hold a
/// stretch of it each, and what one leaves unused at its end has no place. A frame's place is that of its first byte; a
/// record's is its frame's and its number there, since the bytes of a frame may be packed. So places rise with time,
/// and those of frames and of records compare with each other.
enum class offset : std::uint64_t {};

/// The records in a frame are counted from 0 to below this.
inline constexpr std::uint32_t records_in_frame_max = 4096;
inline constexpr offset no_record{0};  ///< the log's first frame has no records

/// The number that stands for a place in files.
constexpr std::uint64_t as_number(offset at) noexcept {
  return static_cast<std::uint64_t>(at);
}
constexpr offset at_byte(std::uint64_t byte) noexcept {
  return offset{byte * records_in_frame_max};
}
/// `offset 123`, by the byte, for people.
std::string text(offset at);
/// Of the frame that a place is in, the first byte.
constexpr std::uint64_t byte_of(offset at) noexcept {
  return as_number(at) / records_in_frame_max;
}
constexpr offset frame_of(offset at) noexcept {
  return at_byte(byte_of(at));
}
constexpr std::uint32_t record_number(offset at) noexcept {
  return static_cast<std::uint32_t>(as_number(at) % records_in_frame_max);
}
constexpr offset record_of(offset frame, std::uint32_t record) noexcept {
  return offset{as_number(frame) + record};
}
/// The place so many bytes behind a frame's.
constexpr offset behind(offset frame, std::uint64_t bytes) noexcept {
  return at_byte(byte_of(frame) + bytes);
}
/// From one frame's first byte to another's.
constexpr std::uint64_t bytes_between(offset from, offset to) noexcept {
  return byte_of(to) - byte_of(from);
}

inline constexpr std::uint32_t frame_magic = 0x314a4753;  ///< "SGJ1"; as a record's size it would be past the limit
inline constexpr std::size_t frame_header_bytes = 48;
inline constexpr std::size_t record_header_bytes = 64;
/// No frame is longer. A torn one lies where the log ends: no more of a prepared segment needs to be looked at.
inline constexpr std::size_t frame_bytes_max = record_bytes_max + (1U << 20U);

/// What a frame holds. The numbers are for ever.
enum class frame_kind : std::uint16_t {
  records = 1,           ///< a batch
  opened = 2,            ///< an opening: its epoch
  checkpoint_begin = 3,  ///< the state of everything but the live sagas, as of this frame
  checkpoint_piece = 4,  ///< some of the live sagas
  checkpoint_end = 5,    ///< all of them are told; where the checkpoint began
  carried = 6,           ///< records copied before their segment was freed: scans skip them
};

inline bool is_known(frame_kind kind) noexcept {
  return kind >= frame_kind::records && kind <= frame_kind::carried;
}

struct frame_header {
  std::uint64_t log = 0;       ///< random, the same in every frame of a log
  std::uint64_t sequence = 0;  ///< of its segment
  log::offset offset{};        ///< its own
  std::uint32_t bytes = 0;     ///< of the whole frame
  std::uint32_t unpacked = 0;  ///< bytes of its body once it is unpacked; 0: it is not packed
  std::uint32_t records = 0;
  frame_kind kind = frame_kind::records;
};

/// The format of a frame is the newest format of records that whoever wrote it knows: so an older program, which could
/// not read what may be in the log, does not begin with it. All else in frames has been the same in each.
///
/// Writes the header in front of a frame whose body begins frame_header_bytes into `frame`, with the checksum of all.
void seal_frame(std::string& frame, const frame_header& header) noexcept;

/// The header at the front of `bytes`; empty when there is none of a format that this program knows. The checksum is
/// not looked at.
std::optional<frame_header> frame_header_of(std::string_view bytes) noexcept;

/// A frame of a later format than those that this program knows. The places of magic, checksum, size and format are for
/// ever.
struct later_frame {
  std::uint32_t bytes = 0;  ///< of the whole frame
  std::uint16_t format = 0;
};
/// The one at the front of `bytes`; empty when there is none.
std::optional<later_frame> later_frame_of(std::string_view bytes) noexcept;

/// Whether the checksum of a whole frame is right.
bool frame_is_whole(std::string_view frame) noexcept;

/// A record as it lies in the log. Views what it was parsed from.
struct record_view {
  saga_id saga;
  journal::position position = 0;
  millis time = 0;
  millis due = never;
  std::uint32_t seq = 0;
  bool final = false;
  log::offset previous = no_record;  ///< the saga's record before this one
  bool has_key = false;
  std::string_view key;
  digest request_bytes;
  digest request_canonical;
  std::string_view bytes;
  std::uint32_t size = 0;  ///< of the record in the log
};

/// How long the record at the front of `bytes` says it is; 0 when it cannot be one. Needs 4 bytes.
std::uint32_t record_size_of(std::string_view bytes) noexcept;

/// Whether the key that a record says it has, with its digests, is within the record; `record` is all of it.
bool key_fits(std::string_view record) noexcept;

/// The record at the front of `bytes`; empty when it is cut off or its own checksum is wrong. That checksum leaves out
/// `previous`, which is known only when the record is written.
std::optional<record_view> parse_record(std::string_view bytes) noexcept;

/// The same of a record whose frame was found whole and whose key fits.
record_view parse_whole_record(const char* at) noexcept;

/// What `entry` takes in the log.
std::size_t record_bytes(const entry& entry) noexcept;
/// Appends the record, without its `previous`.
void append_record(std::string& out, const entry& entry);
void set_previous(char* record, offset previous) noexcept;

}  // namespace sagad::journal::log

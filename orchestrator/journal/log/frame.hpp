#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "journal/journal.hpp"

/// The bytes of the log, as docs/log-format.md describes them. Pure.
namespace sagad::journal::log {

/// A byte's place in the log: frames follow each other without a gap, over all segments, from 0. Segments hold a
/// stretch of it each; what a segment leaves unused at its end has no offset. 0 stands for "no record": the first bytes
/// are a frame's header.
using offset = std::uint64_t;

inline constexpr std::uint32_t frame_magic = 0x314a4753;  ///< "SGJ1"; as a record's size it would be past the limit
inline constexpr std::size_t frame_header_bytes = 48;
inline constexpr std::size_t record_header_bytes = 64;

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
  log::offset offset = 0;      ///< of its own first byte
  std::uint32_t bytes = 0;     ///< of the whole frame
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
  log::offset previous = 0;  ///< the saga's record before this one; 0: none
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

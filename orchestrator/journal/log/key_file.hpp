#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/entry_limits.hpp"
#include "journal/log/frame.hpp"

/// The bytes of a key file, as docs/log-format.md describes them: the start keys of a segment that was freed, each
/// under the offset that its start had. Pure.
namespace sagad::journal::log {

inline constexpr std::size_t key_file_header_bytes = 64;

/// A key whose saga is gone.
struct freed_key {
  offset at = no_record;  ///< its start's
  saga_id saga;
  millis ended = 0;  ///< the saga's newest record's time
  digest request_bytes;
  digest request_canonical;
  std::string key;
};

struct key_file_header {
  std::uint64_t log = 0;
  std::uint64_t sequence = 0;  ///< of the segment that it stands for
  offset from{};               ///< of that segment's first byte
  offset to{};                 ///< behind its last
  millis newest_end = 0;       ///< of its sagas; 0: it holds none
  std::uint32_t keys = 0;
  std::uint64_t bytes = 0;  ///< of the whole file
};

/// `keys-0000000042.log`
std::string key_file_name(std::uint64_t sequence);
std::optional<std::uint64_t> key_file_sequence(const std::string& name);

/// The file's content. `keys` rise by offset; `header.keys`, `newest_end` and `bytes` are filled in.
std::string encode_key_file(key_file_header header, const std::vector<freed_key>& keys);

/// The header at the front of a file; empty when there is none. Its checksum is the whole file's: not looked at.
std::optional<key_file_header> key_file_header_of(std::string_view bytes) noexcept;

/// What the front says of the checksum of all that lies behind the first `key_file_unchecked_bytes`.
std::uint32_t key_file_checksum_of(std::string_view front) noexcept;
inline constexpr std::size_t key_file_unchecked_bytes = 8;

/// The keys of a whole file; empty when it is damaged.
std::optional<std::vector<freed_key>> decode_key_file(std::string_view bytes);

/// Behind the header stands for each key its offset and its place in the file, so that one key is found without
/// reading all of them. Of a file that was found whole:
inline constexpr std::size_t key_place_bytes = 16;
struct key_place {
  offset at = no_record;
  std::uint64_t in_file = 0;
};
key_place key_place_of(const char* at) noexcept;
/// No key takes more.
inline constexpr std::size_t key_bytes_in_file_max = 98 + key_bytes_max;
/// The key at the front of `bytes`; empty when it is cut off.
std::optional<freed_key> freed_key_of(std::string_view bytes);

}  // namespace sagad::journal::log

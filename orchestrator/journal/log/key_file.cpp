#include "journal/log/key_file.hpp"

#include <algorithm>
#include <cstring>

#include "journal/log/crc32c.hpp"
#include "journal/log/little_endian.hpp"
#include "journal/log/segments.hpp"

namespace sagad::journal::log {
namespace {

constexpr std::uint32_t key_file_magic = 0x314b4753;  // "SGK1"
constexpr std::uint16_t key_file_format = 1;

constexpr std::size_t in_key_file_crc = 4;
constexpr std::size_t in_key_file_log = 8;
constexpr std::size_t in_key_file_sequence = 16;
constexpr std::size_t in_key_file_from = 24;
constexpr std::size_t in_key_file_to = 32;
constexpr std::size_t in_key_file_newest_end = 40;
constexpr std::size_t in_key_file_bytes = 48;
constexpr std::size_t in_key_file_keys = 56;
constexpr std::size_t in_key_file_format = 60;

// One key: its start's offset, the saga, its end, both digests, the key's size, the key.
constexpr std::size_t of_key_saga = 8;
constexpr std::size_t of_key_ended = 24;
constexpr std::size_t of_key_digests = 32;
constexpr std::size_t of_key_size = 96;
constexpr std::size_t key_header_bytes = 98;

static_assert(key_header_bytes + key_bytes_max == key_bytes_in_file_max);

void append_key(std::string& out, const freed_key& one) {
  std::string head(key_header_bytes, '\0');
  put(head.data(), as_number(one.at));
  std::memcpy(head.data() + of_key_saga, one.saga.bytes.data(), one.saga.bytes.size());
  put(head.data() + of_key_ended, one.ended);
  std::memcpy(head.data() + of_key_digests, one.request_bytes.bytes.data(), 32);
  std::memcpy(head.data() + of_key_digests + 32, one.request_canonical.bytes.data(), 32);
  put(head.data() + of_key_size, static_cast<std::uint16_t>(one.key.size()));
  out += head;
  out += one.key;
}

}  // namespace

std::string key_file_name(std::uint64_t sequence) {
  return "keys-" + segment_name(sequence).substr(std::strlen("segment-"));
}

std::optional<std::uint64_t> key_file_sequence(const std::string& name) {
  if (!name.starts_with("keys-")) return std::nullopt;
  return segment_sequence("segment-" + name.substr(std::strlen("keys-")));
}

std::string encode_key_file(key_file_header header, const std::vector<freed_key>& keys) {
  std::string out(key_file_header_bytes + keys.size() * key_place_bytes, '\0');
  for (std::size_t number = 0; number < keys.size(); ++number) {
    const auto& one = keys[number];
    char* place = out.data() + key_file_header_bytes + number * key_place_bytes;
    put(place, as_number(one.at));
    put(place + sizeof(offset), static_cast<std::uint64_t>(out.size()));
    append_key(out, one);
    header.newest_end = std::max(header.newest_end, one.ended);
  }
  char* at = out.data();
  put(at, key_file_magic);
  put(at + in_key_file_log, header.log);
  put(at + in_key_file_sequence, header.sequence);
  put(at + in_key_file_from, as_number(header.from));
  put(at + in_key_file_to, as_number(header.to));
  put(at + in_key_file_newest_end, header.newest_end);
  put(at + in_key_file_bytes, static_cast<std::uint64_t>(out.size()));
  put(at + in_key_file_keys, static_cast<std::uint32_t>(keys.size()));
  put(at + in_key_file_format, key_file_format);
  put(at + in_key_file_crc, crc32c(std::string_view(out).substr(key_file_unchecked_bytes)));
  return out;
}

std::optional<key_file_header> key_file_header_of(std::string_view bytes) noexcept {
  if (bytes.size() < key_file_header_bytes) return std::nullopt;
  const char* at = bytes.data();
  if (get<std::uint32_t>(at) != key_file_magic) return std::nullopt;
  if (get<std::uint16_t>(at + in_key_file_format) != key_file_format) return std::nullopt;
  key_file_header header;
  header.log = get<std::uint64_t>(at + in_key_file_log);
  header.sequence = get<std::uint64_t>(at + in_key_file_sequence);
  header.from = offset{get<std::uint64_t>(at + in_key_file_from)};
  header.to = offset{get<std::uint64_t>(at + in_key_file_to)};
  header.newest_end = get<std::int64_t>(at + in_key_file_newest_end);
  header.bytes = get<std::uint64_t>(at + in_key_file_bytes);
  header.keys = get<std::uint32_t>(at + in_key_file_keys);
  return header;
}

std::uint32_t key_file_checksum_of(std::string_view front) noexcept {
  return get<std::uint32_t>(front.data() + in_key_file_crc);
}

key_place key_place_of(const char* at) noexcept {
  return {offset{get<std::uint64_t>(at)}, get<std::uint64_t>(at + sizeof(offset))};
}

std::optional<freed_key> freed_key_of(std::string_view bytes) {
  if (bytes.size() < key_header_bytes) return std::nullopt;
  const char* at = bytes.data();
  const std::size_t size = get<std::uint16_t>(at + of_key_size);
  if (bytes.size() < key_header_bytes + size) return std::nullopt;
  freed_key one;
  one.at = offset{get<std::uint64_t>(at)};
  std::memcpy(one.saga.bytes.data(), at + of_key_saga, one.saga.bytes.size());
  one.ended = get<std::int64_t>(at + of_key_ended);
  std::memcpy(one.request_bytes.bytes.data(), at + of_key_digests, 32);
  std::memcpy(one.request_canonical.bytes.data(), at + of_key_digests + 32, 32);
  one.key = bytes.substr(key_header_bytes, size);
  return one;
}

std::optional<std::vector<freed_key>> decode_key_file(std::string_view bytes) {
  const auto header = key_file_header_of(bytes);
  if (!header || header->bytes != bytes.size()) return std::nullopt;
  if (key_file_checksum_of(bytes) != crc32c(bytes.substr(key_file_unchecked_bytes))) return std::nullopt;
  const auto places_bytes = header->keys * key_place_bytes;
  if (bytes.size() < key_file_header_bytes + places_bytes) return std::nullopt;
  bytes.remove_prefix(key_file_header_bytes + places_bytes);
  std::vector<freed_key> keys;
  keys.reserve(header->keys);
  for (std::uint32_t number = 0; number < header->keys; ++number) {
    auto one = freed_key_of(bytes);
    if (!one) return std::nullopt;
    bytes.remove_prefix(key_header_bytes + one->key.size());
    keys.push_back(std::move(*one));
  }
  return bytes.empty() ? std::optional(std::move(keys)) : std::nullopt;
}

}  // namespace sagad::journal::log

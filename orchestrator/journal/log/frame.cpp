#include "journal/log/frame.hpp"

#include <cstring>

#include "base/record_format.hpp"
#include "journal/entry_limits.hpp"
#include "journal/log/crc32c.hpp"
#include "journal/log/little_endian.hpp"

namespace sagad::journal::log {
namespace {

// A frame's header.
constexpr std::size_t at_magic = 0;
constexpr std::size_t at_frame_crc = 4;
constexpr std::size_t at_log = 8;
constexpr std::size_t at_sequence = 16;
constexpr std::size_t at_offset = 24;
constexpr std::size_t at_frame_bytes = 32;
constexpr std::size_t at_records = 36;
constexpr std::size_t at_kind = 40;
constexpr std::size_t at_format = 42;
constexpr std::size_t at_unpacked = 44;

// A record's header.
constexpr std::size_t at_size = 0;
constexpr std::size_t at_record_crc = 4;
constexpr std::size_t at_previous = 8;
constexpr std::size_t at_saga = 16;
constexpr std::size_t at_position = 32;
constexpr std::size_t at_time = 40;
constexpr std::size_t at_due = 48;
constexpr std::size_t at_seq = 56;
constexpr std::size_t at_flags = 60;
constexpr std::size_t at_key_bytes = 62;

constexpr std::uint16_t flag_final = 1;
constexpr std::uint16_t flag_key = 2;

constexpr std::size_t digests_bytes = 64;
constexpr std::size_t record_size_max = record_header_bytes + digests_bytes + key_bytes_max + record_bytes_max;
static_assert(record_size_max < frame_magic);

}  // namespace

std::string text(offset at) {
  return "offset " + std::to_string(byte_of(at));
}

void seal_frame(std::string& frame, const frame_header& header) noexcept {
  char* at = frame.data();
  put(at + at_magic, frame_magic);
  put(at + at_log, header.log);
  put(at + at_sequence, header.sequence);
  put(at + at_offset, as_number(header.offset));
  put(at + at_frame_bytes, static_cast<std::uint32_t>(frame.size()));
  put(at + at_records, header.records);
  put(at + at_kind, static_cast<std::uint16_t>(header.kind));
  put(at + at_format, std::uint16_t{newest_record_format()});
  put(at + at_unpacked, header.unpacked);
  put(at + at_frame_crc, crc32c(std::string_view(frame).substr(at_log)));
}

std::optional<frame_header> frame_header_of(std::string_view bytes) noexcept {
  if (bytes.size() < frame_header_bytes) return std::nullopt;
  const char* at = bytes.data();
  if (get<std::uint32_t>(at + at_magic) != frame_magic) return std::nullopt;
  const auto format = get<std::uint16_t>(at + at_format);
  if (format == 0 || format > newest_record_format()) return std::nullopt;
  frame_header header;
  header.log = get<std::uint64_t>(at + at_log);
  header.sequence = get<std::uint64_t>(at + at_sequence);
  header.offset = offset{get<std::uint64_t>(at + at_offset)};
  header.bytes = get<std::uint32_t>(at + at_frame_bytes);
  header.records = get<std::uint32_t>(at + at_records);
  header.kind = static_cast<frame_kind>(get<std::uint16_t>(at + at_kind));
  header.unpacked = get<std::uint32_t>(at + at_unpacked);
  if (header.bytes < frame_header_bytes) return std::nullopt;
  return header;
}

std::optional<later_frame> later_frame_of(std::string_view bytes) noexcept {
  if (bytes.size() < frame_header_bytes || get<std::uint32_t>(bytes.data() + at_magic) != frame_magic) {
    return std::nullopt;
  }
  const later_frame found{get<std::uint32_t>(bytes.data() + at_frame_bytes),
                          get<std::uint16_t>(bytes.data() + at_format)};
  if (found.format <= newest_record_format() || found.bytes < frame_header_bytes) return std::nullopt;
  return found;
}

bool frame_is_whole(std::string_view frame) noexcept {
  return get<std::uint32_t>(frame.data() + at_frame_crc) == crc32c(frame.substr(at_log));
}

std::uint32_t record_size_of(std::string_view bytes) noexcept {
  const auto size = get<std::uint32_t>(bytes.data() + at_size);
  return size < record_header_bytes || size > record_size_max ? 0 : size;
}

bool key_fits(std::string_view record) noexcept {
  if ((get<std::uint16_t>(record.data() + at_flags) & flag_key) == 0) return true;
  return record_header_bytes + digests_bytes + get<std::uint16_t>(record.data() + at_key_bytes) <= record.size();
}

record_view parse_whole_record(const char* at) noexcept {
  record_view record;
  record.size = get<std::uint32_t>(at + at_size);
  record.previous = offset{get<std::uint64_t>(at + at_previous)};
  std::memcpy(record.saga.bytes.data(), at + at_saga, record.saga.bytes.size());
  record.position = get<std::uint64_t>(at + at_position);
  record.time = get<std::int64_t>(at + at_time);
  record.due = get<std::int64_t>(at + at_due);
  record.seq = get<std::uint32_t>(at + at_seq);
  const auto flags = get<std::uint16_t>(at + at_flags);
  record.final = (flags & flag_final) != 0;
  record.has_key = (flags & flag_key) != 0;
  std::size_t begin = record_header_bytes;
  if (record.has_key) {
    const auto key_bytes = get<std::uint16_t>(at + at_key_bytes);
    std::memcpy(record.request_bytes.bytes.data(), at + begin, 32);
    std::memcpy(record.request_canonical.bytes.data(), at + begin + 32, 32);
    record.key = std::string_view(at + begin + digests_bytes, key_bytes);
    begin += digests_bytes + key_bytes;
  }
  record.bytes = std::string_view(at + begin, record.size - begin);
  return record;
}

std::optional<record_view> parse_record(std::string_view bytes) noexcept {
  if (bytes.size() < record_header_bytes) return std::nullopt;
  const auto size = record_size_of(bytes);
  if (size == 0 || size > bytes.size()) return std::nullopt;
  const char* at = bytes.data();
  if (get<std::uint32_t>(at + at_record_crc) != crc32c(bytes.substr(at_saga, size - at_saga))) return std::nullopt;
  return key_fits(bytes.substr(0, size)) ? std::optional(parse_whole_record(at)) : std::nullopt;
}

std::size_t record_bytes(const entry& entry) noexcept {
  return record_header_bytes + (entry.key != nullptr ? digests_bytes + entry.key->text.size() : 0) + entry.bytes.size();
}

void append_record(std::string& out, const entry& entry) {
  const auto begin = out.size();
  const auto size = record_bytes(entry);
  std::array<char, record_header_bytes> header{};
  put(header.data() + at_size, static_cast<std::uint32_t>(size));
  std::memcpy(header.data() + at_saga, entry.saga.bytes.data(), entry.saga.bytes.size());
  put(header.data() + at_position, entry.position);
  put(header.data() + at_time, entry.time);
  put(header.data() + at_due, entry.due);
  put(header.data() + at_seq, entry.seq);
  const auto flags = (entry.final ? flag_final : 0U) | (entry.key != nullptr ? flag_key : 0U);
  put(header.data() + at_flags, static_cast<std::uint16_t>(flags));
  const auto key_bytes = entry.key != nullptr ? entry.key->text.size() : 0;
  put(header.data() + at_key_bytes, static_cast<std::uint16_t>(key_bytes));
  out.append(header.data(), header.size());
  if (entry.key != nullptr) {
    out.append(reinterpret_cast<const char*>(entry.key->request_bytes.bytes.data()), 32);
    out.append(reinterpret_cast<const char*>(entry.key->request_canonical.bytes.data()), 32);
    out.append(entry.key->text);
  }
  out.append(entry.bytes);
  put(out.data() + begin + at_record_crc, crc32c(std::string_view(out).substr(begin + at_saga)));
}

void set_previous(char* record, offset previous) noexcept {
  put(record + at_previous, as_number(previous));
}

}  // namespace sagad::journal::log

// The frames of a log's segment, any bytes. Checksums are made right first, or nothing would ever be looked at behind
// them: what is read lies within what is there.
#include <algorithm>
#include <cstring>
#include <vector>

#include "journal/log/carried.hpp"
#include "journal/log/crc32c.hpp"
#include "journal/log/frame.hpp"
#include "journal/log/packing.hpp"
#include "tests/fuzz/property.hpp"

namespace sagad::fuzz {
namespace {

namespace log = journal::log;

// Where docs/log-format.md has them.
constexpr std::size_t checksum_at = 4;
constexpr std::size_t frame_checked_from = 8;
constexpr std::size_t record_checked_from = 16;

void set_checksum(char* begin, std::size_t size, std::size_t checked_from) {
  const std::uint32_t sum = log::crc32c({begin + checked_from, size - checked_from});
  std::memcpy(begin + checksum_at, &sum, sizeof sum);
}

bool is_within(std::string_view inner, std::string_view outer) {
  return inner.empty() || (inner.data() >= outer.data() && inner.size() <= outer.size() &&
                           static_cast<std::size_t>(inner.data() - outer.data()) <= outer.size() - inner.size());
}

void expect_within(const log::record_view& record, std::string_view bytes) {
  expect(record.size <= bytes.size(), "a record is no longer than what holds it");
  expect(is_within(record.key, bytes) && is_within(record.bytes, bytes), "what a record shows lies within it");
}

// A record alone, as one is read at its place.
void try_record(std::string bytes) {
  if (bytes.size() < log::record_header_bytes) return;
  const auto size = log::record_size_of(bytes);
  if (size == 0 || size > bytes.size()) return;
  set_checksum(bytes.data(), size, record_checked_from);
  if (const auto record = log::parse_record(bytes)) expect_within(*record, std::string_view(bytes).substr(0, size));
}

void try_frame(const log::frame_header& header, std::string frame) {
  set_checksum(frame.data(), frame.size(), frame_checked_from);
  expect(log::frame_is_whole(frame), "a frame with its checksum is whole");
  std::string buffer;
  const auto unpacked = log::unpack(header, std::string_view(frame).substr(log::frame_header_bytes), buffer);
  if (!unpacked) return;
  const auto body = *unpacked;
  expect(header.unpacked == 0 || body.size() == header.unpacked, "a body has as many bytes as its header says");
  std::vector<log::placed_record> records;
  if (!log::parse_records(header, body, records)) return;
  expect(records.size() == header.records, "a frame has as many records as it says");
  for (const auto& one : records) expect_within(one.record, body);
  static_cast<void>(log::is_unfinished(body));
}

// Frame behind frame, as a walk through a segment meets them.
void try_out(std::string_view segment) {
  while (const auto header = log::frame_header_of(segment)) {
    const std::size_t size = header->bytes;
    if (size > segment.size()) return;
    try_frame(*header, std::string(segment.substr(0, size)));
    try_record(std::string(segment.substr(log::frame_header_bytes, size - log::frame_header_bytes)));
    segment.remove_prefix(size);
  }
  static_cast<void>(log::later_frame_of(segment));
  try_record(std::string(segment));
}

}  // namespace
}  // namespace sagad::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  sagad::fuzz::try_out(sagad::fuzz::text_of(bytes, size));
  return 0;
}

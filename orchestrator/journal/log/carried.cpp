#include "journal/log/carried.hpp"

#include "journal/log/little_endian.hpp"

namespace sagad::journal::log {

void append_carried_header(std::string& frame) {
  frame.append(carried_header_bytes, '\0');
}

void set_carried(std::string& frame, millis at, bool unfinished) noexcept {
  put(frame.data() + frame_header_bytes, static_cast<std::uint64_t>(at) << 1U | (unfinished ? 1U : 0U));
}

bool is_unfinished(std::string_view carried_body) noexcept {
  return carried_body.size() >= carried_header_bytes && (get<std::uint64_t>(carried_body.data()) & 1U) != 0;
}

millis carried_at(std::string_view carried_body) noexcept {
  if (carried_body.size() < carried_header_bytes) return 0;
  return static_cast<millis>(get<std::uint64_t>(carried_body.data()) >> 1U);
}

bool parse_records(const frame_header& header, std::string_view body, std::vector<placed_record>& records) {
  records.clear();
  if (header.records > records_in_frame_max) return false;
  if (header.kind == frame_kind::carried) {
    if (body.size() < carried_header_bytes) return false;
    body.remove_prefix(carried_header_bytes);
  }
  for (std::uint32_t count = 0; count < header.records; ++count) {
    const auto size = body.size() < record_header_bytes ? 0 : record_size_of(body);
    if (size == 0 || size > body.size() || !key_fits(body.substr(0, size))) return false;
    records.push_back({parse_whole_record(body.data()), record_of(header.offset, count)});
    body.remove_prefix(size);
  }
  return body.empty();
}

}  // namespace sagad::journal::log

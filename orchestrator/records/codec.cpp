#include "records/codec.hpp"

#include <stdexcept>

#include "records/bytes.hpp"
#include "records/formats.hpp"

namespace sagad::records {
namespace {

engine::record get_record(reader& from) {
  const auto format = from.byte();
  if (format == 0 || format > newest_record_format()) {
    throw bad_bytes("format " + std::to_string(format) + " is not known (this program reads up to " +
                    std::to_string(newest_record_format()) + ")");
  }
  auto record = format == 1 ? format_1::get(from) : format_2::get(from);
  if (!from.at_end()) throw bad_bytes("bytes follow its end");
  return record;
}

}  // namespace

void encode(const engine::record& record, std::string& out, std::uint8_t format) {
  if (format == 0 || format > newest_record_format())
    throw std::logic_error("a record is written in a format that is none");
  put_byte(out, format);
  return format == 1 ? format_1::put(record, out) : format_2::put(record, out);
}

std::variant<engine::record, unreadable> decode(std::string_view bytes) {
  try {
    reader from(bytes);
    return get_record(from);
  } catch (const bad_bytes& bad) {
    return unreadable{bad.what()};
  }
}

}  // namespace sagad::records

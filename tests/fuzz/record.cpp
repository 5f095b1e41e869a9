// The bytes of a record, any bytes. What is read is written again, in its own format, as those bytes; and what is
// written in each format is read as what that keeps.
#include <variant>

#include "records/codec.hpp"
#include "tests/fuzz/property.hpp"

namespace {

using namespace sagad;

std::string written(const engine::record& record, int format) {
  std::string bytes;
  records::encode(record, bytes, static_cast<std::uint8_t>(format));
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view given = fuzz::text_of(bytes, size);
  const auto outcome = records::decode(given);
  if (const auto* damaged = std::get_if<records::unreadable>(&outcome)) {
    fuzz::expect(!damaged->why.empty(), "bytes that are no record are refused with a reason");
    return 0;
  }
  const auto& record = std::get<engine::record>(outcome);
  fuzz::expect(written(record, given.front()) == given, "a record has one text in its format");
  for (int format = 1; format <= newest_record_format(); ++format) {
    const auto there = written(record, format);
    const auto again = records::decode(there);
    fuzz::expect(std::holds_alternative<engine::record>(again), "a record that was written is read");
    fuzz::expect(written(std::get<engine::record>(again), format) == there, "it is read as the same record");
  }
  return 0;
}

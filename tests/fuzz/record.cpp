// The bytes of a record, any bytes. What is read is written again as the same record, and in no more bytes.
#include <variant>

#include "records/codec.hpp"
#include "tests/fuzz/property.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace sagad;
  const std::string_view given = fuzz::text_of(bytes, size);
  const auto outcome = records::decode(given);
  if (const auto* damaged = std::get_if<records::unreadable>(&outcome)) {
    fuzz::expect(!damaged->why.empty(), "bytes that are no record are refused with a reason");
    return 0;
  }
  std::string written;
  records::encode(std::get<engine::record>(outcome), written);
  fuzz::expect(written.size() <= given.size(), "a record takes no more bytes than it was read from");
  const auto again = records::decode(written);
  fuzz::expect(std::holds_alternative<engine::record>(again), "a record that was written is read");
  std::string twice;
  records::encode(std::get<engine::record>(again), twice);
  fuzz::expect(twice == written, "a record that was written is read as the same record");
  return 0;
}

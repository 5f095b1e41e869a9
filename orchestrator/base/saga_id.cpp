#include "base/saga_id.hpp"

#include <cstring>

#include "base/saga_id_range.hpp"

namespace sagad {
namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

constexpr std::array<std::array<char, 2>, 1024> pairs = [] {
  std::array<std::array<char, 2>, 1024> table{};
  for (std::size_t at = 0; at < table.size(); ++at) table[at] = {alphabet[at >> 5U], alphabet[at & 31U]};
  return table;
}();

constexpr std::array<std::int8_t, 256> values = [] {
  std::array<std::int8_t, 256> table{};
  for (auto& value : table) value = -1;
  for (std::size_t at = 0; at < alphabet.size(); ++at)
    table[static_cast<unsigned char>(alphabet[at])] = static_cast<std::int8_t>(at);
  return table;
}();

void put_big_endian(std::uint8_t* out, std::uint64_t value, int count) noexcept {
  for (int at = count - 1; at >= 0; --at, value >>= 8U) out[at] = static_cast<std::uint8_t>(value);
}

std::uint64_t get_big_endian(const std::uint8_t* from, int count) noexcept {
  std::uint64_t value = 0;
  for (int at = 0; at < count; ++at) value = value << 8U | from[at];
  return value;
}

}  // namespace

saga_id saga_id::make(millis at, partition_no partition, std::uint64_t random) noexcept {
  saga_id id;
  put_big_endian(id.bytes.data(), static_cast<std::uint64_t>(at), 6);
  put_big_endian(id.bytes.data() + 6, partition, 2);
  put_big_endian(id.bytes.data() + 8, random, 8);
  return id;
}

millis saga_id::made_at() const noexcept {
  return static_cast<millis>(get_big_endian(bytes.data(), 6));
}

partition_no saga_id::partition() const noexcept {
  return static_cast<partition_no>(get_big_endian(bytes.data() + 6, 2));
}

void saga_id::write(char* out) const noexcept {
  const auto high = get_big_endian(bytes.data(), 8);
  const auto low = get_big_endian(bytes.data() + 8, 8);
  // 13 pairs of letters, each of 10 bits: 6 are within `low`, one is of both, and the first has the 8 bits left.
  const auto put = [out](unsigned pair, std::uint64_t bits) {
    std::memcpy(out + 2 * pair, pairs[bits & 1023U].data(), 2);
  };
  for (unsigned at = 0; at < 6; ++at) put(12 - at, low >> 10U * at);
  put(6, low >> 60U | high << 4U);
  for (unsigned at = 0; at < 6; ++at) put(5 - at, high >> (6U + 10U * at));
}

std::string saga_id::text() const {
  std::string result(text_size, '0');
  write(result.data());
  return result;
}

namespace {

std::optional<saga_id> bytes_of(std::string_view text) noexcept {
  if (text.size() != saga_id::text_size || text[0] > '7') return std::nullopt;
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  for (char letter : text) {
    const auto value = values[static_cast<unsigned char>(letter)];
    if (value < 0) return std::nullopt;
    high = high << 5U | low >> 59U;
    low = low << 5U | static_cast<std::uint64_t>(value);
  }
  saga_id id;
  put_big_endian(id.bytes.data(), high, 8);
  put_big_endian(id.bytes.data() + 8, low, 8);
  return id;
}

}  // namespace

std::optional<saga_id> saga_id::parse(std::string_view text) noexcept {
  const auto id = bytes_of(text);
  return id && id->partition() < partitions ? id : std::nullopt;
}

std::optional<std::pair<saga_id, saga_id>> saga_ids_beginning_with(std::string_view text) {
  if (text.empty() || text.size() > saga_id::text_size) return std::nullopt;
  const auto rest = saga_id::text_size - text.size();
  const auto lowest = bytes_of(std::string(text) + std::string(rest, '0'));
  const auto highest = bytes_of(std::string(text) + std::string(rest, 'Z'));
  return lowest && highest ? std::optional(std::pair(*lowest, *highest)) : std::nullopt;
}

}  // namespace sagad

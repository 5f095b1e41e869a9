#include "journal/log/crc32c.hpp"

#include <array>
#include <cstring>

namespace sagad::journal::log {
namespace {

constexpr std::uint32_t polynomial = 0x82f63b78U;

using tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr tables make_tables() {
  tables result{};
  for (std::uint32_t value = 0; value < 256; ++value) {
    auto crc = value;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? polynomial : 0U);
    result[0][value] = crc;
  }
  for (std::size_t slice = 1; slice < result.size(); ++slice) {
    for (std::size_t value = 0; value < 256; ++value) {
      const auto before = result[slice - 1][value];
      result[slice][value] = (before >> 8U) ^ result[0][before & 0xffU];
    }
  }
  return result;
}

constexpr tables by_slice = make_tables();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::string_view bytes, std::uint32_t before) noexcept {
  std::uint64_t crc = ~before;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    crc = __builtin_ia32_crc32di(crc, word);
  }
  auto narrow = static_cast<std::uint32_t>(crc);
  for (; left != 0; --left, ++at) narrow = __builtin_ia32_crc32qi(narrow, static_cast<unsigned char>(*at));
  return ~narrow;
}
#endif

}  // namespace

bool crc32c_in_hardware() noexcept {
#if defined(__x86_64__)
  static const bool present = __builtin_cpu_supports("sse4.2") != 0;
  return present;
#else
  return false;
#endif
}

std::uint32_t crc32c_by_tables(std::string_view bytes, std::uint32_t before) noexcept {
  std::uint32_t crc = ~before;
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    crc ^= static_cast<std::uint32_t>(at[0]) | static_cast<std::uint32_t>(at[1]) << 8U |
           static_cast<std::uint32_t>(at[2]) << 16U | static_cast<std::uint32_t>(at[3]) << 24U;
    crc = by_slice[7][crc & 0xffU] ^ by_slice[6][(crc >> 8U) & 0xffU] ^ by_slice[5][(crc >> 16U) & 0xffU] ^
          by_slice[4][crc >> 24U] ^ by_slice[3][at[4]] ^ by_slice[2][at[5]] ^ by_slice[1][at[6]] ^ by_slice[0][at[7]];
  }
  for (; left != 0; --left, ++at) crc = (crc >> 8U) ^ by_slice[0][(crc ^ *at) & 0xffU];
  return ~crc;
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) noexcept {
#if defined(__x86_64__)
  if (crc32c_in_hardware()) return by_instruction(bytes, before);
#endif
  return crc32c_by_tables(bytes, before);
}

}  // namespace sagad::journal::log

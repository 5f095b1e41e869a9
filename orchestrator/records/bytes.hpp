#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/moment.hpp"
#include "engine/record.hpp"

/// What all formats are made of: bytes, numbers as unsigned LEB128, signed ones by zigzag, texts by their length.
namespace sagad::records {

// The last of each that is known. What is newer is written by a newer format.
inline constexpr std::uint8_t last_fact = static_cast<std::uint8_t>(engine::fact::passed_over);
inline constexpr std::uint8_t last_cause = static_cast<std::uint8_t>(engine::cause::unknown_participant);
inline constexpr std::uint8_t last_command = static_cast<std::uint8_t>(engine::command_name::cancel);
inline constexpr std::uint8_t last_input = static_cast<std::uint8_t>(engine::input_kind::command);
inline constexpr std::uint8_t last_phase = 7;

inline void put_byte(std::string& out, std::uint8_t value) {
  out += static_cast<char>(value);
}

inline void put_number(std::string& out, std::uint64_t value) {
  if (value < 0x80) return put_byte(out, static_cast<std::uint8_t>(value));
  char bytes[10];
  std::size_t size = 0;
  for (; value >= 0x80; value >>= 7U) bytes[size++] = static_cast<char>(value | 0x80);
  bytes[size++] = static_cast<char>(value);
  out.append(bytes, size);
}

inline void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out.append(text);
}

inline void put_bytes(std::string& out, std::span<const std::uint8_t> bytes) {
  out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

constexpr std::uint64_t zigzag(std::int64_t value) noexcept {
  return static_cast<std::uint64_t>(value) << 1U ^ static_cast<std::uint64_t>(value >> 63);
}

constexpr std::int64_t unzigzag(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
}

// Wrapping, so that any two times have one.
constexpr millis distance(millis at, millis from) noexcept {
  return static_cast<millis>(static_cast<std::uint64_t>(at) - static_cast<std::uint64_t>(from));
}

constexpr millis moved(millis from, millis by) noexcept {
  return static_cast<millis>(static_cast<std::uint64_t>(from) + static_cast<std::uint64_t>(by));
}

struct bad_bytes : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Reads what the functions above write, and nothing else: throws bad_bytes.
class reader {
 public:
  explicit reader(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const noexcept { return rest_.empty(); }

  std::string_view take(std::uint64_t count) {
    if (count > rest_.size()) throw bad_bytes("it ends early");
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  void take_into(std::span<std::uint8_t> bytes) { std::memcpy(bytes.data(), take(bytes.size()).data(), bytes.size()); }
  std::uint8_t byte() { return static_cast<std::uint8_t>(take(1).front()); }
  std::uint8_t byte(std::uint8_t lowest, std::uint8_t highest, const char* what) {
    return within(byte(), lowest, highest, what);
  }
  static std::uint8_t within(std::uint8_t value, std::uint8_t lowest, std::uint8_t highest, const char* what) {
    if (value < lowest || value > highest) {
      throw bad_bytes(std::string(what) + " " + std::to_string(value) + " is not known");
    }
    return value;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto next = byte();
      const bool last = next < 0x80;
      if ((shift == 63 && next > 1) || (last && next == 0 && shift != 0)) break;
      value |= std::uint64_t{next & 0x7FU} << shift;
      if (last) return value;
    }
    throw bad_bytes("a number is longer than it must be");
  }
  template <typename Unsigned>
  Unsigned number_as(const char* what, std::uint64_t most = std::numeric_limits<Unsigned>::max()) {
    const auto value = number();
    if (value > most) throw bad_bytes(std::string(what) + " is too large");
    return static_cast<Unsigned>(value);
  }
  std::string_view text() { return take(number()); }

 private:
  std::string_view rest_;
};

}  // namespace sagad::records

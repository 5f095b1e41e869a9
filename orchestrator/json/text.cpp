#include <algorithm>
#include <charconv>
#include <cstring>

#include "json/json.hpp"

namespace sagad::json {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

char short_escape(char letter) noexcept {
  switch (letter) {
    case '"': return '"';
    case '\\': return '\\';
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return '\0';
  }
}

std::uint32_t unit_at(std::string_view raw, std::size_t at) noexcept {
  std::uint32_t unit = 0;
  std::from_chars(raw.data() + at, raw.data() + at + 4, unit, 16);
  return unit;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0U | point >> 6U);
    put(0x80U | (point & 0x3FU));
  } else if (point < 0x10000) {
    put(0xE0U | point >> 12U);
    put(0x80U | (point >> 6U & 0x3FU));
    put(0x80U | (point & 0x3FU));
  } else {
    put(0xF0U | point >> 18U);
    put(0x80U | (point >> 12U & 0x3FU));
    put(0x80U | (point >> 6U & 0x3FU));
    put(0x80U | (point & 0x3FU));
  }
}

// `at` is after `\u`; returns where the escape, with the other half of a pair, ends.
std::size_t append_escaped_unit(std::string& out, std::string_view raw, std::size_t at) {
  const std::uint32_t unit = unit_at(raw, at);
  if (unit < 0xD800 || unit > 0xDBFF) {
    append_utf8(out, unit);
    return at + 4;
  }
  const std::uint32_t low = unit_at(raw, at + 6);
  append_utf8(out, 0x10000 + ((unit - 0xD800) << 10U) + (low - 0xDC00));
  return at + 10;
}

bool is_plain_letter(char letter) noexcept {
  return static_cast<unsigned char>(letter) >= 0x20 && letter != '"' && letter != '\\';
}

// Not zero if one of the eight characters there must be escaped: `less(word, n)` is not zero if some byte of the word
// is less than n, n <= 128. After S. E. Anderson's "Bit Twiddling Hacks".
std::uint64_t not_plain(const char* eight) noexcept {
  constexpr std::uint64_t each = 0x0101010101010101;
  const auto less = [](std::uint64_t word, std::uint64_t n) { return (word - each * n) & ~word & each * 0x80; };
  std::uint64_t word = 0;
  std::memcpy(&word, eight, sizeof word);
  return less(word, 0x20) | less(word ^ each * '"', 1) | less(word ^ each * '\\', 1);
}

// Where the next character is that must be escaped; the text's size if there is none.
std::size_t end_of_plain(std::string_view text, std::size_t at) noexcept {
  for (; at + 8 <= text.size() && not_plain(text.data() + at) == 0; at += 8) continue;
  // The last ones once more, together with some of those before.
  if (at + 8 > text.size() && text.size() >= 8 && not_plain(text.data() + text.size() - 8) == 0) return text.size();
  while (at < text.size() && is_plain_letter(text[at])) ++at;
  return at;
}

bool needs_no_escape(std::string_view text) noexcept {
  return end_of_plain(text, 0) == text.size();
}

// A short member is put together here and appended at once: a text that grows piece by piece costs more than what it
// says.
class line {
 public:
  /// Whether there is room for so many characters, and for what else a member has.
  static constexpr bool takes(std::size_t bytes) noexcept { return bytes <= bytes_max - other_bytes; }

  /// With the comma that it needs behind what `out` has.
  void put_name(const std::string& out, std::string_view name) noexcept {
    if (out.back() != '{') put(',');
    put('"');
    put(name);
    put('"');
    put(':');
  }

  void put(char letter) noexcept { text_[size_++] = letter; }

  void put(std::string_view text) noexcept { size_ += text.copy(text_ + size_, text.size()); }

  void put(std::int64_t number) noexcept {
    const auto* end = std::to_chars(text_ + size_, text_ + bytes_max, number).ptr;
    size_ = static_cast<std::size_t>(end - text_);
  }

  void append_to(std::string& out) const { out.append(text_, size_); }

 private:
  static constexpr std::size_t bytes_max = 256;
  static constexpr std::size_t other_bytes = 32;  // a comma, quotes, a colon, and a number's digits

  char text_[bytes_max];
  std::size_t size_ = 0;
};

char meant_by(char escape) noexcept {
  switch (escape) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return escape;
  }
}

void append_escaped(std::string& out, std::string_view text) {
  std::size_t plain = 0;
  for (std::size_t at = end_of_plain(text, 0); at < text.size(); at = end_of_plain(text, plain)) {
    const char letter = text[at];
    const auto byte = static_cast<unsigned char>(letter);
    out.append(text, plain, at - plain);
    plain = at + 1;
    out += '\\';
    if (const char escape = short_escape(letter); escape != '\0') {
      out += escape;
    } else {
      out += "u00";
      out += hex_digits[byte >> 4U];
      out += hex_digits[byte & 0x0FU];
    }
  }
  out.append(text, plain);
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

void append_name(std::string& out, std::string_view name) {
  if (line::takes(name.size()) && needs_no_escape(name)) {
    line one;
    one.put_name(out, name);
    return one.append_to(out);
  }
  out += out.back() == '{' ? "\"" : ",\"";
  append_escaped(out, name);
  out += "\":";
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
  if (line::takes(name.size() + text.size()) && needs_no_escape(name) && needs_no_escape(text)) {
    line one;
    one.put_name(out, name);
    one.put('"');
    one.put(text);
    one.put('"');
    return one.append_to(out);
  }
  append_name(out, name);
  append_string(out, text);
}

void append_number(std::string& out, std::string_view name, std::int64_t number) {
  if (line::takes(name.size()) && needs_no_escape(name)) {
    line one;
    one.put_name(out, name);
    one.put(number);
    return one.append_to(out);
  }
  append_name(out, name);
  out += std::to_string(number);
}

std::string unescape(std::string_view raw) {
  std::string text;
  text.reserve(raw.size());
  const std::size_t end = raw.size() - 1;
  for (std::size_t at = 1; at < end;) {
    const std::size_t escape = std::min(raw.find('\\', at), end);
    text.append(raw, at, escape - at);
    at = escape;
    if (at == end) break;
    if (raw[at + 1] == 'u') {
      at = append_escaped_unit(text, raw, at + 2);
    } else {
      text += meant_by(raw[at + 1]);
      at += 2;
    }
  }
  return text;
}

}  // namespace sagad::json

#include "definition/expression/lexer.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "definition/expression/tree.hpp"

namespace sagad::definition::expression {
namespace {

bool is_word_start(char letter) noexcept {
  return is_letter(letter) || letter == '_';
}

// Where a string's prefix and quotes end, and what they say.
struct opening {
  bool raw = false;
  bool bytes = false;
  std::string_view quotes;  // one or three; none: no string begins here
  std::size_t size = 0;
};

opening opening_at(std::string_view text, std::size_t at) noexcept {
  opening found;
  std::size_t inside = at;
  for (; inside < text.size() && inside < at + 2; ++inside) {
    const char lower = static_cast<char>(text[inside] | 0x20);
    if (lower != 'r' && lower != 'b') break;
    auto& prefix = lower == 'r' ? found.raw : found.bytes;
    if (prefix) break;
    prefix = true;
  }
  if (inside >= text.size() || (text[inside] != '"' && text[inside] != '\'')) return found;
  const char quote = text[inside];
  const bool three = text.substr(inside).starts_with(std::string(3, quote));
  found.quotes = text.substr(inside, three ? 3 : 1);
  found.size = inside + found.quotes.size() - at;
  return found;
}

}  // namespace

bool append_character(std::string& into, std::uint32_t code) {
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
  const auto put = [&into](std::uint32_t byte) { into += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | code >> 6U);
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | code >> 12U);
    put(0x80U | (code >> 6U & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | code >> 18U);
    put(0x80U | (code >> 12U & 0x3FU));
    put(0x80U | (code >> 6U & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
  return true;
}

bool begins_string(std::string_view text, std::size_t at) noexcept {
  const bool in_word = at > 0 && (is_word_start(text[at - 1]) || is_digit(text[at - 1]));
  const bool is_quote = text[at] == '"' || text[at] == '\'';
  return is_quote || (!in_word && !opening_at(text, at).quotes.empty());
}

std::size_t past_string(std::string_view text, std::size_t at) noexcept {
  const auto open = opening_at(text, at);
  for (std::size_t end = at + open.size; end < text.size(); ++end) {
    if (text[end] == '\\' && !open.raw) {
      ++end;
    } else if (text.substr(end).starts_with(open.quotes)) {
      return end + open.quotes.size();
    }
  }
  return std::string_view::npos;
}

token lexer::take() {
  auto taken = std::move(next_);
  passed_ = taken.end;
  advance();
  return taken;
}

bool lexer::take(std::string_view sign) {
  if (!next_.is_sign(sign)) return false;
  take();
  return true;
}

bool lexer::is_followed_by(char sign) const noexcept {
  const auto next = text_.find_first_not_of(" \t\r\n\f", at_);
  return next != std::string_view::npos && text_[next] == sign;
}

std::string lexer::rest() const {
  if (next_.is == token::type::end) return "nothing";
  constexpr std::size_t shown_bytes_max = 20;
  auto shown = text_.substr(next_.begin, shown_bytes_max);
  while (next_.begin + shown.size() < text_.size() && !shown.empty() && (shown.back() & 0x80) != 0)
    shown.remove_suffix(1);
  return "`" + std::string(shown) + "`";
}

void lexer::advance() {
  at_ = std::min(text_.find_first_not_of(" \t\r\n\f", at_), text_.size());
  next_ = {};
  next_.begin = at_;
  if (at_ < text_.size()) {
    const auto open = opening_at(text_, at_);
    const char letter = text_[at_];
    if (!open.quotes.empty()) {
      if (open.bytes) fail("has bytes (`b\"...\"`), which expressions here leave out: write text");
      read_text(open.size);
    } else if (is_digit(letter) || (letter == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) {
      read_number();
    } else if (letter == '`') {
      read_quoted_word();
    } else if (is_word_start(letter)) {
      read_word();
    } else {
      constexpr std::array<std::string_view, 6> pairs = {"==", "!=", "<=", ">=", "&&", "||"};
      const auto two = text_.substr(at_, 2);
      const bool is_pair = std::find(pairs.begin(), pairs.end(), two) != pairs.end();
      next_.is = token::type::sign;
      next_.text = text_.substr(at_, is_pair ? 2 : 1);
      at_ += next_.text.size();
    }
  }
  next_.end = at_;
}

void lexer::read_word() {
  next_.is = token::type::word;
  while (at_ < text_.size() && (is_word_start(text_[at_]) || is_digit(text_[at_]))) ++at_;
  next_.text = text_.substr(next_.begin, at_ - next_.begin);
}

void lexer::read_number() {
  next_.is = token::type::number;
  const auto digits = [this] {
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
  };
  const bool hex = text_.substr(at_, 2) == "0x" || text_.substr(at_, 2) == "0X";
  if (hex) {
    at_ += 2;
    while (at_ < text_.size() && is_hex_digit(text_[at_])) ++at_;
    if (at_ == next_.begin + 2) fail("has `0x` without digits");
  } else {
    digits();
    if (at_ + 1 < text_.size() && text_[at_] == '.' && is_digit(text_[at_ + 1])) {
      ++at_;
      digits();
    }
    if (at_ < text_.size() && (text_[at_] | 0x20) == 'e') {
      std::size_t inside = at_ + 1;
      if (inside < text_.size() && (text_[inside] == '+' || text_[inside] == '-')) ++inside;
      if (inside < text_.size() && is_digit(text_[inside])) {
        at_ = inside;
        digits();
      }
    }
  }
  if (at_ < text_.size() && (text_[at_] | 0x20) == 'u') ++at_;
  next_.text = text_.substr(next_.begin, at_ - next_.begin);
  if (at_ < text_.size() && (is_word_start(text_[at_]) || text_[at_] == '.')) {
    fail("has the number `" + next_.text + "` followed by `" + std::string(text_.substr(at_, 20)) + "`");
  }
}

void lexer::read_quoted_word() {
  const auto end = text_.find('`', at_ + 1);
  if (end == std::string_view::npos || end == at_ + 1) fail("has a ` that is never closed, or nothing in it");
  next_.is = token::type::quoted_word;
  next_.text = text_.substr(at_ + 1, end - at_ - 1);
  at_ = end + 1;
}

void lexer::read_text(std::size_t prefix) {
  const auto open = opening_at(text_, at_);
  next_.is = token::type::text;
  at_ += prefix;
  while (true) {
    if (at_ >= text_.size()) fail("has a string without its closing quote");
    if (text_.substr(at_).starts_with(open.quotes)) break;
    const char letter = text_[at_++];
    const bool line_ends = letter == '\n' || letter == '\r';
    if (line_ends && open.quotes.size() == 1) fail("has a string without its closing quote");
    if (letter == '\\' && !open.raw) {
      read_escape(next_.text);
    } else {
      next_.text += letter;
    }
  }
  at_ += open.quotes.size();
}

void lexer::read_escape(std::string& into) {
  if (at_ >= text_.size()) fail("has a string without its closing quote");
  constexpr std::string_view letters = "\\\"'`?abfnrtv";
  constexpr std::string_view meant = "\\\"'`?\a\b\f\n\r\t\v";
  const std::string shown = "\\" + character_at(text_, at_);
  const char letter = text_[at_++];
  std::uint32_t code = 0;
  if (const auto plain = letters.find(letter); plain != std::string_view::npos) {
    into += meant[plain];
    return;
  }
  if (letter == 'x' || letter == 'X') {
    code = read_code(2, 16, shown);
  } else if (letter == 'u') {
    code = read_code(4, 16, shown);
  } else if (letter == 'U') {
    code = read_code(8, 16, shown);
  } else if (letter >= '0' && letter <= '3') {
    --at_;
    code = read_code(3, 8, shown);
  } else {
    fail("has an escape that is not known: " + shown);
  }
  if (!append_character(into, code)) fail("has an escape that is no character: " + shown);
}

std::uint32_t lexer::read_code(std::size_t digits, int base, std::string_view shown) {
  std::uint32_t code = 0;
  for (std::size_t count = 0; count < digits; ++count, ++at_) {
    const int digit = at_ < text_.size() ? hex_value(text_[at_]) : -1;
    if (digit < 0 || digit >= base)
      fail("has the escape " + std::string(shown) + " without its " + std::to_string(digits) + " digits");
    code = code * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit);
  }
  return code;
}

}  // namespace sagad::definition::expression

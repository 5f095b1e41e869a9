#include "json/explain.hpp"

#include "base/ascii.hpp"
#include "json/json.hpp"

namespace sagad::json {
namespace {

std::size_t digits_from(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

// The end of the longest number that begins at `at`; `at` where there is none.
std::size_t number_end(std::string_view text, std::size_t at) noexcept {
  const std::size_t none = at;
  if (at < text.size() && text[at] == '-') ++at;
  const std::size_t whole = at;
  at = digits_from(text, at);
  if (at == whole || (text[whole] == '0' && at - whole > 1)) return none;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = at + 1;
    at = digits_from(text, fraction);
    if (at == fraction) return none;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = at;
    at = digits_from(text, exponent);
    if (at == exponent) return none;
  }
  return at;
}

// Reads with the grammar and stops at the first thing that it does not allow.
class reader {
 public:
  explicit reader(std::string_view text) : text_(text) {}

  std::optional<fault> read() {
    space();
    if (!value(0)) return fault_;
    space();
    if (at_ != text_.size()) fail("there is something after the value");
    return fault_;
  }

 private:
  bool fail(std::string_view what) {
    if (!fault_) fault_ = fault{at_, std::string(what)};
    return false;
  }

  char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }

  void space() noexcept {
    while (at_ < text_.size() && (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t')) ++at_;
  }

  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return fail("a value begins here that is none");
    at_ += expected.size();
    return true;
  }

  bool number() {
    const std::size_t end = number_end(text_, at_);
    if (end == at_) return fail("a number is not written as JSON writes it");
    at_ = end;
    return true;
  }

  bool value(std::size_t depth) {
    if (at_ == text_.size()) return fail("the text ends where a value is expected");
    switch (peek()) {
      case '{': return object(depth + 1);
      case '[': return array(depth + 1);
      case '"': return string();
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: break;
    }
    if (peek() == '-' || is_digit(peek())) return number();
    return fail("a value is expected here");
  }

  bool deeper(std::size_t depth) {
    if (depth <= depth_max) return true;
    return fail("nested deeper than " + std::to_string(depth_max));
  }

  bool object(std::size_t depth) {
    if (!deeper(depth)) return false;
    ++at_;
    space();
    if (peek() == '}') return ++at_, true;
    while (true) {
      space();
      if (peek() != '"') return fail("a member's name in quotes is expected here");
      if (!string()) return false;
      space();
      if (peek() != ':') return fail("a colon is expected here");
      ++at_;
      space();
      if (!value(depth)) return false;
      space();
      if (peek() == '}') return ++at_, true;
      if (peek() != ',') return fail("a comma or the object's end is expected here");
      ++at_;
    }
  }

  bool array(std::size_t depth) {
    if (!deeper(depth)) return false;
    ++at_;
    space();
    if (peek() == ']') return ++at_, true;
    while (true) {
      space();
      if (!value(depth)) return false;
      space();
      if (peek() == ']') return ++at_, true;
      if (peek() != ',') return fail("a comma or the array's end is expected here");
      ++at_;
    }
  }

  bool string() {
    for (++at_; at_ < text_.size(); ++at_) {
      const char letter = text_[at_];
      if (letter == '"') return ++at_, true;
      if (static_cast<unsigned char>(letter) < 0x20) return fail("a control character stands in a string unescaped");
      if (letter == '\\' && !escape()) return false;
    }
    return fail("the text ends within a string");
  }

  // At the backslash; afterwards at the escape's last letter.
  bool escape() {
    const char letter = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (letter != 'u') {
      if (letter == '\0' || std::string_view("\"\\/bfnrt").find(letter) == std::string_view::npos) {
        return fail("an escape that JSON does not have");
      }
      ++at_;
      return true;
    }
    const int unit = hex_unit(at_);
    if (unit < 0) return fail("\\u wants four hexadecimal digits");
    if (unit >= 0xDC00 && unit <= 0xDFFF) return fail("half a surrogate pair is no character");
    if (unit >= 0xD800 && unit <= 0xDBFF) {
      const int low = hex_unit(at_ + 6);
      if (low < 0xDC00 || low > 0xDFFF) return fail("half a surrogate pair is no character");
      at_ += 6;
    }
    at_ += 5;
    return true;
  }

  // The unit that `\uXXXX` at `from` names; -1 where there is none.
  int hex_unit(std::size_t from) const noexcept {
    if (from + 6 > text_.size() || text_[from] != '\\' || text_[from + 1] != 'u') return -1;
    int unit = 0;
    for (std::size_t at = from + 2; at < from + 6; ++at) {
      const int digit = hex_value(text_[at]);
      if (digit < 0) return -1;
      unit = unit * 16 + digit;
    }
    return unit;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<fault> fault_;
};

}  // namespace

std::optional<fault> explain(std::string_view text) {
  return reader(text).read();
}

bool is_number(std::string_view text) noexcept {
  return !text.empty() && number_end(text, 0) == text.size();
}

}  // namespace sagad::json

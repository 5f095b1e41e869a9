#include <algorithm>
#include <array>
#include <charconv>

#include "definition/expression/expression.hpp"

namespace sagad::definition::expression {
namespace {

constexpr std::size_t source_bytes_max = 4096;
constexpr std::size_t nesting_most = 24;  // a level holds at most two operands, which keeps the stack below its limit

bool is_digit(char letter) noexcept {
  return letter >= '0' && letter <= '9';
}
bool is_word_start(char letter) noexcept {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_';
}

struct syntax_error {
  std::string text;
};

// Recursive descent over CEL's precedences: sums of products of signed operands.
class parser {
 public:
  parser(std::string_view source, const resolver& resolve) : text_(source), resolve_(resolve) {}

  code parse() {
    if (text_.size() > source_bytes_max) fail("is longer than " + std::to_string(source_bytes_max) + " bytes");
    sum();
    space();
    if (at_ != text_.size()) fail("goes on with " + rest() + ", where an operator is expected: + - * / %");
    return std::move(code_);
  }

 private:
  [[noreturn]] void fail(std::string what) const { throw syntax_error{std::move(what)}; }

  // What comes next, for messages.
  std::string rest() const { return at_ == text_.size() ? "nothing" : "`" + std::string(text_.substr(at_, 20)) + "`"; }

  void space() noexcept {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  char peek() noexcept {
    space();
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool take(char letter) noexcept {
    if (peek() != letter || at_ == text_.size()) return false;
    ++at_;
    return true;
  }

  void emit(instruction next) { code_.steps.push_back(std::move(next)); }
  void emit(operation what) { emit(instruction{what, 0, 0, {}}); }

  void sum() {
    product();
    while (true) {
      if (take('+')) {
        product();
        emit(operation::add);
      } else if (take('-')) {
        product();
        emit(operation::subtract);
      } else {
        return;
      }
    }
  }

  void product() {
    operand();
    while (true) {
      if (take('*')) {
        operand();
        emit(operation::multiply);
      } else if (take('/')) {
        operand();
        emit(operation::divide);
      } else if (take('%')) {
        operand();
        emit(operation::remainder);
      } else {
        return;
      }
    }
  }

  void operand() {
    if (++depth_ > nesting_most) fail("is nested deeper than " + std::to_string(nesting_most));
    const char next = peek();
    if (at_ == text_.size()) fail(at_ == 0 ? "is empty" : "ends where a value is expected");
    if (next == '-') {
      minus();
    } else if (next == '(') {
      ++at_;
      sum();
      if (!take(')')) fail("has an opening parenthesis without a closing one");
    } else if (is_digit(next)) {
      integer("");
    } else if (next == '"' || next == '\'') {
      emit(instruction{operation::text, 0, 0, quoted()});
    } else if (is_word_start(next)) {
      name();
    } else {
      fail("has " + rest() + ", where a value is expected");
    }
    --depth_;
  }

  void minus() {
    ++at_;
    if (is_digit(peek())) {
      integer("-");
      return;
    }
    operand();
    emit(operation::negate);
  }

  void integer(std::string_view sign) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    const std::string digits = std::string(sign) + std::string(text_.substr(begin, at_ - begin));
    if (at_ < text_.size() && (text_[at_] == '.' || is_word_start(text_[at_]))) {
      fail("has the number `" + digits + "` followed by " + rest() +
           ": only integers in decimal digits are counted with");
    }
    instruction next{operation::integer, 0, 0, {}};
    if (std::from_chars(digits.data(), digits.data() + digits.size(), next.integer).ec != std::errc()) {
      fail("has `" + digits + "`, which does not fit into 64 bits");
    }
    emit(std::move(next));
  }

  std::string quoted() {
    const char quote = text_[at_++];
    std::string text;
    while (at_ < text_.size() && text_[at_] != quote) {
      char letter = text_[at_++];
      if (letter == '\n') break;
      if (letter == '\\') {
        if (at_ == text_.size()) break;
        letter = text_[at_++];
        const std::size_t escape = std::string_view("\\\"'nrt").find(letter);
        if (escape == std::string_view::npos) fail("has an escape that is not known: \\" + std::string(1, letter));
        letter = "\\\"'\n\r\t"[escape];
      }
      text += letter;
    }
    if (at_ == text_.size() || text_[at_] != quote) fail("has a string without its closing quote");
    ++at_;
    return text;
  }

  std::string word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_word_start(text_[at_]) || is_digit(text_[at_]))) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  void name() {
    constexpr std::size_t path_most = 32;
    const std::size_t begin = at_;
    reference named;
    named.path.push_back(word());
    std::size_t end = at_;
    while (peek() == '.' || peek() == '[') {
      named.path.push_back(take('.') ? member() : index());
      end = at_;
      if (named.path.size() > path_most) fail("has a name of more than " + std::to_string(path_most) + " parts");
    }
    named.text = text_.substr(begin, end - begin);
    if (peek() == '(') fail("calls `" + std::string(named.text) + "`: there are no functions");
    auto resolved = resolve_(named);
    if (auto* why = std::get_if<std::string>(&resolved)) fail(std::move(*why));
    emit(instruction{operation::value, std::get<slice_no>(resolved), 0, std::string(named.text)});
  }

  std::string member() {
    if (!is_word_start(peek())) fail("has " + rest() + " after a point, where a name is expected");
    std::string part = word();
    constexpr std::array<std::string_view, 4> reserved = {"true", "false", "null", "in"};
    if (std::find(reserved.begin(), reserved.end(), part) != reserved.end()) {
      fail("has `." + part + "`, a word of the language: write [\"" + part + "\"]");
    }
    return part;
  }

  std::string index() {
    ++at_;
    std::string part;
    const char next = peek();
    if (next == '"' || next == '\'') {
      part = quoted();
    } else if (is_digit(next)) {
      while (at_ < text_.size() && is_digit(text_[at_])) part += text_[at_++];
      const bool plain = part.size() <= 9 && (part.size() == 1 || part.front() != '0');
      if (!plain) fail("has the index `" + part + "`: write it without leading zeros, at most 999999999");
    } else {
      fail("has " + rest() + " in brackets, where an index or a quoted name is expected");
    }
    if (!take(']')) fail("has an opening bracket without a closing one");
    return part;
  }

  std::string_view text_;
  const resolver& resolve_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  code code_;
};

}  // namespace

std::variant<code, std::string> parse(std::string_view source, const resolver& resolve) {
  try {
    return parser(source, resolve).parse();
  } catch (syntax_error& error) {
    return std::move(error.text);
  }
}

}  // namespace sagad::definition::expression

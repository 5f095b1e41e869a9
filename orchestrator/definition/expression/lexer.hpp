#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sagad::definition::expression {

/// A piece of an expression's text.
struct token {
  enum class type : std::uint8_t { end, number, text, word, quoted_word, sign };

  type is = type::end;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string text;  ///< of text and quoted words: the characters; else as written

  bool is_sign(std::string_view sign) const noexcept { return is == type::sign && text == sign; }
  bool is_word(std::string_view word) const noexcept { return is == type::word && text == word; }
};

/// Cuts an expression into tokens, one at a time. A copy goes on by itself. Throws `mistake_in_expression`.
class lexer {
 public:
  explicit lexer(std::string_view source) : text_(source) { advance(); }

  const token& next() const noexcept { return next_; }
  /// The next token, which is passed.
  token take();
  /// Passes the sign when it comes next.
  bool take(std::string_view sign);
  /// Whether the sign comes right after the next token.
  bool is_followed_by(char sign) const noexcept;

  /// Where the token ended that was passed last.
  std::size_t passed() const noexcept { return passed_; }
  /// What comes next, for messages.
  std::string rest() const;

 private:
  void advance();
  void read_number();
  void read_text(std::size_t prefix);
  void read_escape(std::string& into);
  std::uint32_t read_code(std::size_t digits, int base, std::string_view shown);
  void read_quoted_word();
  void read_word();

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t passed_ = 0;
  token next_;
};

/// A character's bytes in UTF-8; false for what is no character.
bool append_character(std::string& into, std::uint32_t code);

}  // namespace sagad::definition::expression

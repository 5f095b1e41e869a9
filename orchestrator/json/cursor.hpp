#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sagad::json {

enum class kind : std::uint8_t { null, boolean, number, string, array, object };

/// Walks one value's text from front to back, each byte once. The text passed `check`: nothing is checked again, and
/// with any other text it is undefined what it does. Allocates nothing.
class cursor {
 public:
  explicit cursor(std::string_view checked) noexcept
      : begin_(checked.data()), at_(begin_), end_(begin_ + checked.size()) {
    skip_space();
  }

  /// Of the value that the cursor stands before.
  kind next_kind() const noexcept {
    switch (*at_) {
      case '{': return kind::object;
      case '[': return kind::array;
      case '"': return kind::string;
      case 't':
      case 'f': return kind::boolean;
      case 'n': return kind::null;
      default: return kind::number;
    }
  }

  /// Bytes before the value.
  std::size_t offset() const noexcept { return static_cast<std::size_t>(at_ - begin_); }

  /// The raw text of the value; the cursor then stands after it.
  std::string_view take() noexcept {
    const char* const start = at_;
    switch (*at_) {
      case '"': pass_string(); break;
      case '{':
      case '[': pass_nested(); break;
      default: pass_plain(); break;
    }
    return {start, static_cast<std::size_t>(at_ - start)};
  }

  /// The cursor stands before an object: calls `visit(raw name)` for each member, the name with its quotes, the cursor
  /// before the member's value, which `visit` has to pass. Stops where `visit` returns false; the cursor is of no use
  /// then. Returns whether it came to the end.
  template <typename Visit>
  bool members(Visit&& visit) {
    if (enter('}')) return true;
    do {
      const std::string_view name = take();
      skip_space();
      ++at_;  // the colon
      skip_space();
      if (!visit(name)) return false;
    } while (more());
    return true;
  }

  /// The same for an array: `visit(index)`.
  template <typename Visit>
  bool elements(Visit&& visit) {
    if (enter(']')) return true;
    std::size_t index = 0;
    do {
      if (!visit(index++)) return false;
    } while (more());
    return true;
  }

 private:
  void skip_space() noexcept {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }

  // Past the opening bracket; true where the closing one follows, which is passed, too.
  bool enter(char closing) noexcept {
    ++at_;
    skip_space();
    if (*at_ != closing) return false;
    ++at_;
    return true;
  }

  // Past the comma, or past the closing bracket: then false.
  bool more() noexcept {
    skip_space();
    if (*at_++ != ',') return false;
    skip_space();
    return true;
  }

  void pass_string() noexcept {
    for (++at_;; ++at_) {
      if (*at_ == '\\') {
        ++at_;
      } else if (*at_ == '"') {
        break;
      }
    }
    ++at_;
  }

  void pass_plain() noexcept {
    while (at_ != end_ && *at_ > ' ' && *at_ != ',' && *at_ != ']' && *at_ != '}') ++at_;
  }

  void pass_nested() noexcept {
    std::size_t depth = 0;
    do {
      const char letter = *at_;
      if (letter == '"') {
        pass_string();
        continue;
      }
      if (letter == '{' || letter == '[') ++depth;
      if (letter == '}' || letter == ']') --depth;
      ++at_;
    } while (depth != 0);
  }

  const char* begin_;
  const char* at_;
  const char* end_;
};

}  // namespace sagad::json

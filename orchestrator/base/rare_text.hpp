#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace sagad {

/// A text that most of its owners never have: one pointer, null while it is empty. A value; copies are deep.
class rare_text {
 public:
  rare_text() = default;
  rare_text(rare_text&&) noexcept = default;
  rare_text& operator=(rare_text&&) noexcept = default;
  rare_text(const rare_text& other) { assign(other.view()); }
  rare_text& operator=(const rare_text& other) {
    if (this != &other) assign(other.view());
    return *this;
  }
  ~rare_text() = default;

  void assign(std::string_view text) {
    if (text.empty()) {
      text_.reset();
    } else {
      text_ = std::make_unique<const std::string>(text);
    }
  }
  bool empty() const noexcept { return text_ == nullptr; }
  std::string_view view() const noexcept { return text_ == nullptr ? std::string_view() : std::string_view(*text_); }
  operator std::string_view() const noexcept { return view(); }  // NOLINT(google-explicit-constructor): it is a text

  friend bool operator==(const rare_text& left, std::string_view right) noexcept { return left.view() == right; }

 private:
  std::unique_ptr<const std::string> text_;
};

}  // namespace sagad

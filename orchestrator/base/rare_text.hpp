#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace sagad {

/// A text that most of its owners never have: one pointer, null while it is empty, else to one block that has its size
/// before its bytes. At most 4 GiB. A value; copies are deep.
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

  /// `text` may be a part of this one.
  void assign(std::string_view text) {
    if (text.empty()) {
      block_.reset();
      return;
    }
    const auto size = static_cast<size_type>(text.size());
    auto made = std::make_unique_for_overwrite<char[]>(sizeof size + size);
    std::memcpy(made.get(), &size, sizeof size);
    std::memcpy(made.get() + sizeof size, text.data(), size);
    block_ = std::move(made);
  }
  bool empty() const noexcept { return block_ == nullptr; }
  std::string_view view() const noexcept {
    if (block_ == nullptr) return {};
    size_type size = 0;
    std::memcpy(&size, block_.get(), sizeof size);
    return {block_.get() + sizeof size, size};
  }
  operator std::string_view() const noexcept { return view(); }  // NOLINT(google-explicit-constructor): it is a text

  friend bool operator==(const rare_text& left, std::string_view right) noexcept { return left.view() == right; }

 private:
  using size_type = std::uint32_t;
  std::unique_ptr<char[]> block_;
};

}  // namespace sagad

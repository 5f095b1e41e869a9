#pragma once

#include <memory>
#include <utility>

namespace sagad {

/// A part that most of its owners never have: one pointer, null until it is made. Read without one, it is as a new one.
/// A value where the part is one; copies are deep.
template <typename Part>
class rare {
 public:
  rare() = default;
  rare(rare&&) noexcept = default;
  rare& operator=(rare&&) noexcept = default;
  rare(const rare& other) : part_(copy_of(other)) {}
  rare& operator=(const rare& other) {
    if (this != &other) part_ = copy_of(other);
    return *this;
  }
  ~rare() = default;

  bool made() const noexcept { return part_ != nullptr; }
  const Part& operator*() const noexcept { return part_ == nullptr ? as_new() : *part_; }
  const Part* operator->() const noexcept { return &**this; }

  /// To change it: made where there was none.
  Part& make() {
    if (part_ == nullptr) part_ = std::make_unique<Part>();
    return *part_;
  }
  void drop() noexcept { part_.reset(); }

 private:
  static const Part& as_new() noexcept {
    static const Part part{};
    return part;
  }
  static std::unique_ptr<Part> copy_of(const rare& other) {
    return other.made() ? std::make_unique<Part>(*other.part_) : nullptr;
  }

  std::unique_ptr<Part> part_;
};

}  // namespace sagad

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace re2 {
class RE2;
}

namespace sagad::definition {

/// A pattern for text, in the language of RE2: it is looked for anywhere in the text, in time linear in its length.
/// Immutable; thread-safe.
class text_pattern {
 public:
  static constexpr std::size_t written_bytes_max = 4096;
  static constexpr std::size_t memory_bytes_max = std::size_t{2} << 20U;  ///< of its programs and their caches

  /// The compiled pattern, or what is wrong with it and where.
  static std::variant<std::shared_ptr<const text_pattern>, std::string> compile(const std::string& written);

  bool is_in(std::string_view text) const;
  const std::string& written() const noexcept { return written_; }

 private:
  text_pattern(std::string written, std::unique_ptr<const re2::RE2> program);

  std::string written_;
  std::shared_ptr<const re2::RE2> program_;
};

}  // namespace sagad::definition

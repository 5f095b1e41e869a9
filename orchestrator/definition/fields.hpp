#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/moment.hpp"
#include "definition/mistakes.hpp"
#include "definition/node.hpp"

namespace sagad::definition {

/// A mapping with known keys: whatever else stands in it is told at once. Lives while one is read.
class fields {
 public:
  /// `what` names the mapping in messages: "a step", "`retry`"; `example` is one.
  fields(const node& of, std::string_view what, std::initializer_list<std::string_view> known, mistake_list& found,
         std::string_view example = {});

  bool usable() const noexcept { return of_.is == node::type::mapping; }
  const node* find(std::string_view key) const noexcept { return of_.find(key); }

  /// The value when it is there and what it should be; a mistake is told otherwise.
  std::optional<std::string> text(std::string_view key) const;
  std::optional<std::string> name(std::string_view key) const;
  /// `word` (where not empty) stands for 0 and is the only way to write it, unless `least` is 0.
  std::optional<millis> duration(std::string_view key, millis least, millis most, std::string_view word = {}) const;
  std::optional<std::uint32_t> count(std::string_view key, std::uint32_t most, std::string_view word) const;
  /// The index of the chosen one.
  std::optional<std::size_t> choice(std::string_view key, std::initializer_list<std::string_view> choices) const;

 private:
  void refuse(const node& value, std::string_view key, std::string_view expected, std::string_view hint = {}) const;

  const node& of_;
  mistake_list& found_;
};

/// Tells that `value` is no name, unless it is one.
bool check_name(const node& value, std::string_view key, mistake_list& found);

}  // namespace sagad::definition

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/node.hpp"

namespace sagad::config {

/// Where a value was given. In the order in which mistakes are told.
struct origin {
  enum class from : std::uint8_t { file, variable, flag, nowhere };

  from given = from::nowhere;
  std::string name;  ///< `sagad.yaml`, `SAGAD_LISTEN`, `--listen`
  place at{};        ///< in a file

  /// `sagad.yaml:3:9`, `SAGAD_LISTEN`, `--listen`; empty for nowhere.
  std::string shown() const;
};

/// Collects what is wrong, so that all of it is told at once.
class mistakes {
 public:
  static constexpr std::size_t kept_max = 100;

  void add(const origin& where, std::string text);
  bool empty() const noexcept { return found_.empty(); }
  /// Whether all of them were given in this way.
  bool all_from(origin::from given) const noexcept;
  std::size_t size() const noexcept { return found_.size() + further_; }

  /// A line of UTF-8 each, whatever bytes they quote, by where they are: `sagad.yaml:3:9: limits.wait_max: ...`.
  std::string told() const;

 private:
  std::vector<std::pair<origin, std::string>> found_;
  std::size_t further_ = 0;
};

}  // namespace sagad::config

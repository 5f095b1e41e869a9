#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/moment.hpp"

namespace sagad::config {

/// How a setting is written.
enum class kind : std::uint8_t {
  text,
  count,     ///< digits
  bytes,     ///< with a unit
  duration,  ///< with a unit
  list,      ///< of texts; in files only
  table,     ///< has fields of its own; in files only
};

/// What everybody may know of a setting: flags, variables, help and the reference page are made of it.
struct field_text {
  /// In a sentence why the text cannot be the value; empty when it can.
  using check = std::string (*)(std::string_view);

  std::string_view key;  ///< in the file; `limits.wait_max` lies in the group `limits`
  kind is = kind::text;
  std::uint64_t min = 0;  ///< of counts, bytes and durations; of a list: items
  std::uint64_t max = 0;
  check wrong = nullptr;            ///< of texts, and of each item of a list
  bool required = false;            ///< must stand in the file
  std::string_view form;            ///< how a value looks: `address:port`
  std::string_view text;            ///< what it means; the first sentence is its help
  std::string_view unset = "none";  ///< what it means when it is empty
};

/// Where a value lies.
using slot =
    std::variant<std::monostate, std::string*, std::uint64_t*, std::uint32_t*, millis*, std::vector<std::string>*>;

template <typename Owner>
struct field {
  field_text about;
  slot (*in)(Owner&);
};

/// Puts the text there; or says why it cannot be the value.
std::optional<std::string> assign(const field_text& about, slot to, std::string_view text);

/// As `assign` reads it.
std::string format(const field_text& about, slot from);

/// `wait_max` of `limits.wait_max`.
std::string_view last_name(std::string_view key) noexcept;
/// `--wait-max`, `SAGAD_WAIT_MAX`.
std::string flag_of(const field_text& about);
std::string variable_of(const field_text& about);
/// Whether it can be given as a flag or a variable.
inline bool is_scalar(const field_text& about) noexcept {
  return about.is < kind::list;
}
/// `64KiB to 8MiB`; empty without bounds.
std::string bounds_of(const field_text& about);

}  // namespace sagad::config

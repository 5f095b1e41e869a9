#pragma once

#include <charconv>
#include <string>
#include <string_view>

#include "json/json.hpp"

/// Members of a checked object that sagad wrote itself: what is absent, or of another kind, is empty, zero or unset, so
/// that each version reads what it knows.
namespace sagad::json {

/// The raw member; its data is null when there is none.
inline std::string_view member_of(std::string_view object, const char* name) {
  const std::string one[] = {name};
  return slice(object, one);
}

inline std::string text_of(std::string_view object, const char* name) {
  const auto raw = member_of(object, name);
  return raw.size() >= 2 && raw.front() == '"' ? unescape(raw) : std::string();
}

inline bool is_set(std::string_view object, const char* name) {
  return member_of(object, name) == "true";
}

/// Writes it if it is set: `is_set` reads it again.
inline void append_flag(std::string& out, std::string_view name, bool set) {
  if (!set) return;
  append_name(out, name);
  out += "true";
}

template <typename Number>
Number number_of(std::string_view object, const char* name) {
  const auto raw = member_of(object, name);
  Number value = 0;
  std::from_chars(raw.data(), raw.data() + raw.size(), value);
  return value;
}

}  // namespace sagad::json

#include "config/field.hpp"

#include <algorithm>

#include "config/quantities.hpp"

namespace sagad::config {
namespace {

std::string number_as(kind is, std::uint64_t value) {
  if (is == kind::bytes) return format_bytes(value);
  if (is == kind::duration) return format_duration(static_cast<millis>(value));
  return std::to_string(value);
}

std::variant<std::uint64_t, std::string> number_of(kind is, std::string_view text) {
  if (is == kind::bytes) return parse_bytes(text);
  if (is == kind::duration) return parse_duration(text);
  return parse_count(text);
}

}  // namespace

std::optional<std::string> assign(const field_text& about, slot to, std::string_view text) {
  if (about.is == kind::text || about.is == kind::list) {
    if (about.wrong != nullptr) {
      if (auto why = about.wrong(text); !why.empty()) return why;
    }
    if (auto* const* one = std::get_if<std::string*>(&to)) **one = text;
    if (auto* const* many = std::get_if<std::vector<std::string>*>(&to)) (*many)->emplace_back(text);
    return std::nullopt;
  }
  const auto read = number_of(about.is, text);
  if (const auto* why = std::get_if<std::string>(&read)) return *why;
  const auto number = std::get<std::uint64_t>(read);
  if (number < about.min || number > about.max) {
    return "`" + std::string(text) + "` is out of bounds: write " + bounds_of(about);
  }
  if (auto* const* wide = std::get_if<std::uint64_t*>(&to)) **wide = number;
  if (auto* const* narrow = std::get_if<std::uint32_t*>(&to)) **narrow = static_cast<std::uint32_t>(number);
  if (auto* const* time = std::get_if<millis*>(&to)) **time = static_cast<millis>(number);
  return std::nullopt;
}

std::string format(const field_text& about, slot from) {
  if (const auto* const* one = std::get_if<std::string*>(&from)) return **one;
  if (const auto* const* wide = std::get_if<std::uint64_t*>(&from)) return number_as(about.is, **wide);
  if (const auto* const* narrow = std::get_if<std::uint32_t*>(&from)) return number_as(about.is, **narrow);
  if (const auto* const* time = std::get_if<millis*>(&from)) return format_duration(**time);
  std::string list;
  if (const auto* const* many = std::get_if<std::vector<std::string>*>(&from)) {
    for (const auto& item : **many) list += (list.empty() ? "" : ", ") + item;
  }
  return "[" + list + "]";
}

std::string_view last_name(std::string_view key) noexcept {
  return key.substr(key.rfind('.') + 1);
}

std::string flag_of(const field_text& about) {
  std::string flag = "--" + std::string(last_name(about.key));
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string variable_of(const field_text& about) {
  std::string variable = "SAGAD_" + std::string(last_name(about.key));
  for (char& letter : variable) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  }
  return variable;
}

std::string bounds_of(const field_text& about) {
  if (about.is == kind::text || about.is == kind::list || about.is == kind::table) return {};
  return number_as(about.is, about.min) + " to " + number_as(about.is, about.max);
}

}  // namespace sagad::config

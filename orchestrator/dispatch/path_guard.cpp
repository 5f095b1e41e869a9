#include "dispatch/path_guard.hpp"

#include <algorithm>

namespace sagad::dispatch {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Percent-decoded; false when an escape is broken.
bool decode(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    int const high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    int const low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return false;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return true;
}

bool climbs(std::string_view path) noexcept {
  if (path.find('.') == std::string_view::npos) return false;
  while (!path.empty()) {
    auto const end = path.find_first_of("/\\");
    auto const segment = path.substr(0, end);
    if (segment == "." || segment == "..") return true;
    path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
  }
  return false;
}

bool below(std::string_view path, std::string_view prefix) noexcept {
  if (prefix.ends_with('/')) prefix.remove_suffix(1);
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

}  // namespace

bool is_within(std::string_view target, std::span<const std::string> prefixes) {
  auto const bad = [](char c) {
    auto const byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7f || c == '\\' || c == '#';
  };
  if (!target.starts_with('/') || std::any_of(target.begin(), target.end(), bad)) return false;
  auto const path = target.substr(0, target.find('?'));
  if (path.find('%') == std::string_view::npos) {
    if (climbs(path)) return false;
  } else {
    std::string decoded;
    if (!decode(path, decoded) || climbs(decoded)) return false;
  }
  return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& one) { return below(path, one); });
}

}  // namespace sagad::dispatch

#include "api/members.hpp"

#include "base/nearest.hpp"
#include "json/cursor.hpp"
#include "json/json.hpp"

namespace sagad::api {

std::vector<member> members_of(std::string_view text) {
  std::vector<member> found;
  json::cursor at(text);
  at.members([&](std::string_view name) {
    found.emplace_back(json::unescape(name), at.take());
    return true;
  });
  return found;
}

std::string not_known(std::string_view name, std::span<const std::string_view> known) {
  return "`" + std::string(name) + "` is not known here" + hint(name, known);
}

bool is_object(std::string_view raw) noexcept {
  const auto begin = raw.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && raw[begin] == '{';
}

bool is_text(std::string_view raw) noexcept {
  return raw.starts_with('"');
}

}  // namespace sagad::api

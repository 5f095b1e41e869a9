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
  auto said = "`" + std::string(name) + "` is not known here: ";
  const auto meant = nearest(name, known);
  if (!meant.empty()) return said + "did you mean `" + std::string(meant) + "`?";
  for (std::size_t at = 0; at < known.size(); ++at) said += (at == 0 ? "" : ", ") + std::string(known[at]);
  return said;
}

bool is_object(std::string_view raw) noexcept {
  const auto begin = raw.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && raw[begin] == '{';
}

bool is_text(std::string_view raw) noexcept {
  return raw.starts_with('"');
}

}  // namespace sagad::api

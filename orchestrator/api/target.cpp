#include "api/target.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/nearest.hpp"
#include "json/json.hpp"

namespace sagad::api {
namespace {

// Only UTF-8: what is said of a request, in answers and logs, may hold any part of its target.
std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
  const auto stands_for_itself = [](char letter) {
    return letter != '%' && letter != '+' && static_cast<unsigned char>(letter) < 0x80;
  };
  if (std::ranges::all_of(text, stands_for_itself)) return std::string(text);
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[at] != '%') {
      out += text[at];
    } else {
      if (at + 2 >= text.size()) return std::nullopt;
      const int high = hex_value(text[at + 1]);
      const int low = hex_value(text[at + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high << 4 | low);
      at += 2;
    }
  }
  if (!json::valid_utf8(out)) return std::nullopt;
  return out;
}

template <typename Visit>
bool each_part(std::string_view text, char mark, Visit&& visit) {
  while (true) {
    const auto end = text.find(mark);
    if (!visit(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::optional<target> target::parse(std::string_view text) {
  if (text.empty() || text.front() != '/') return std::nullopt;
  target result;
  const auto mark = text.find('?');
  const auto path = text.substr(1, mark == std::string_view::npos ? mark : mark - 1);
  const bool good_path = path.empty() || each_part(path, '/', [&](std::string_view segment) {
                           auto decoded = decode(segment, false);
                           if (decoded) result.path.push_back(std::move(*decoded));
                           return decoded.has_value();
                         });
  if (!good_path) return std::nullopt;
  if (mark == std::string_view::npos || mark + 1 == text.size()) return result;
  const bool good_query = each_part(text.substr(mark + 1), '&', [&](std::string_view pair) {
    const auto equals = pair.find('=');
    auto name = decode(pair.substr(0, equals), true);
    auto value = decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true);
    if (!name || !value) return false;
    result.query.emplace_back(std::move(*name), std::move(*value));
    return true;
  });
  if (!good_query) return std::nullopt;
  return result;
}

std::optional<std::string_view> target::find(std::string_view name) const noexcept {
  for (const auto& [known, value] : query) {
    if (known == name) return value;
  }
  return std::nullopt;
}

std::optional<problem> target::has_others_than(std::span<const std::string_view> known) const {
  for (auto one = query.begin(); one != query.end(); ++one) {
    const auto& name = one->first;
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const auto what = known.empty() ? ": this takes no parameters" : hint(name, known);
      return problem{problem_code::invalid_argument, "the parameter `" + name + "` is not known here" + what};
    }
    const bool twice = std::any_of(query.begin(), one, [&](const auto& other) { return other.first == name; });
    if (twice) return problem{problem_code::invalid_argument, "`" + name + "` is given twice: give it once"};
  }
  return std::nullopt;
}

}  // namespace sagad::api

#include "definition/target_path.hpp"

#include <algorithm>
#include <string_view>

#include "base/ascii.hpp"
#include "definition/node.hpp"

namespace sagad::definition {
namespace {

// A segment of the path, cut out of the pieces.
struct segment {
  std::vector<text_piece> pieces;

  bool has_value() const {
    return std::any_of(pieces.begin(), pieces.end(), [](const text_piece& piece) { return piece.is_expression; });
  }
  std::string text() const { return pieces.empty() ? "" : pieces.front().text; }  // of one without a value
};

struct cut_target {
  std::vector<segment> path;      // what stands between the slashes; the first is before the first slash
  std::vector<text_piece> query;  // with its question mark
};

cut_target cut(const std::vector<text_piece>& pieces) {
  cut_target target;
  target.path.emplace_back();
  bool in_query = false;
  for (const auto& piece : pieces) {
    if (piece.is_expression) {
      (in_query ? target.query : target.path.back().pieces).push_back(piece);
      continue;
    }
    std::string_view rest = piece.text;
    while (!in_query && !rest.empty()) {
      const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
      if (end > 0) target.path.back().pieces.push_back({false, std::string(rest.substr(0, end))});
      rest.remove_prefix(end);
      if (rest.empty()) break;
      in_query = rest.front() == '?';
      if (in_query) break;
      target.path.emplace_back();
      rest.remove_prefix(1);
    }
    if (!rest.empty()) target.query.push_back({false, std::string(rest)});
  }
  return target;
}

// What RFC 3986 allows in a path or a query as it stands.
bool is_allowed(char letter) noexcept {
  return is_letter_or_digit(letter) || std::string_view("-._~!$&'()*+,;=:@/?").find(letter) != std::string_view::npos;
}

std::optional<std::string> check_escape(std::string_view text, std::size_t at) {
  const int high = at + 2 < text.size() ? hex_value(text[at + 1]) : -1;
  const int low = at + 2 < text.size() ? hex_value(text[at + 2]) : -1;
  if (high < 0 || low < 0) return "`%` begins no escape: write %25 for a percent sign";
  const int byte = high * 16 + low;
  if (byte < 0x20 || byte == 0x7F || byte == '.' || byte == '/' || byte == '\\') {
    return "`" + std::string(text.substr(at, 3)) + "` hides a point, a separator or a control character: leave it out";
  }
  return std::nullopt;
}

std::optional<std::string> check_letters(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '#') return "a `#` begins a fragment, which is never sent: write %23, or leave it out";
    if (text[at] == '%') {
      if (auto why = check_escape(text, at)) return why;
    } else if (!is_allowed(text[at])) {
      const bool is_brace = text[at] == '{' || text[at] == '}';
      return "`" + character_at(text, at) + "` may not stand in a path: write " +
             (is_brace ? "`${...}` for a value" : "it percent-encoded");
    }
  }
  return std::nullopt;
}

}  // namespace

bool is_rooted(const std::vector<text_piece>& pieces) {
  const auto target = cut(pieces);
  return target.path.front().pieces.empty() && target.path.size() > 1;
}

std::optional<std::string> check_path(const std::vector<text_piece>& pieces) {
  constexpr std::size_t literal_bytes_max = 4096;
  std::size_t size = 0;
  for (const auto& piece : pieces) {
    if (piece.is_expression) continue;
    size += piece.text.size();
    if (auto why = check_letters(piece.text)) return why;
  }
  if (size > literal_bytes_max)
    return "the path is longer than " + std::to_string(literal_bytes_max) + " bytes: send some of it in the `body`";
  const auto target = cut(pieces);
  for (std::size_t at = 1; at < target.path.size(); ++at) {
    const auto& segment = target.path[at];
    if (segment.has_value()) continue;
    const std::string text = segment.text();
    if (text == "." || text == "..")
      return "a path may not have `" + text + "` as a segment: write the path that is meant";
    if (text.empty() && at + 1 < target.path.size()) return "a segment of the path is empty: write `/` for `//`";
  }
  return std::nullopt;
}

bool is_below_a_prefix(const std::vector<text_piece>& pieces, const std::vector<std::string>& prefixes) {
  if (prefixes.empty()) return true;
  const auto target = cut(pieces);
  return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& prefix) {
    auto wanted = cut({{false, prefix}}).path;
    while (wanted.size() > 1 && wanted.back().pieces.empty()) wanted.pop_back();  // `/v1/` is `/v1`
    if (wanted.size() > target.path.size()) return false;
    for (std::size_t at = 0; at < wanted.size(); ++at) {
      if (target.path[at].has_value() || target.path[at].text() != wanted[at].text()) return false;
    }
    return true;
  });
}

std::vector<path_token> cut_path(const std::vector<text_piece>& pieces) {
  using type = path_token::type;
  std::vector<path_token> tokens;
  const auto put = [&tokens](const std::vector<text_piece>& some) {
    for (const auto& piece : some)
      tokens.push_back({piece.is_expression ? type::expression : type::literal, piece.text});
  };
  const auto target = cut(pieces);
  for (std::size_t at = 1; at < target.path.size(); ++at) {
    tokens.push_back({type::literal, "/"});
    const bool marked = target.path[at].has_value();
    if (marked) tokens.push_back({type::segment_begin, ""});
    put(target.path[at].pieces);
    if (marked) tokens.push_back({type::segment_end, ""});
  }
  put(target.query);
  return tokens;
}

}  // namespace sagad::definition

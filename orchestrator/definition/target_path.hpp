#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "definition/template_pieces.hpp"

namespace sagad::definition {

/// Whether it begins with a slash, as all paths do.
bool is_rooted(const std::vector<text_piece>& pieces);

/// What is wrong with a rooted target: `.`, `..` or an empty segment, a fragment, a character that wants escaping, an
/// escape that hides a separator.
std::optional<std::string> check_path(const std::vector<text_piece>& pieces);

/// Whether every path that the target can render lies below one of the prefixes, compared segment by segment. Values
/// cannot lead out: each is one segment or a part of one, and never `.` or `..`.
bool is_below_a_prefix(const std::vector<text_piece>& pieces, const std::vector<std::string>& prefixes);

/// A target with the segments marked that have values in them.
struct path_token {
  enum class type : std::uint8_t { literal, expression, segment_begin, segment_end } is = type::literal;
  std::string text;
};

std::vector<path_token> cut_path(const std::vector<text_piece>& pieces);

}  // namespace sagad::definition

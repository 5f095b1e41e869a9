#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "definition/mistakes.hpp"
#include "definition/node.hpp"

namespace sagad::definition {

inline constexpr std::size_t text_bytes_max = std::size_t{1} << 20U;
inline constexpr std::size_t nesting_max = 32;

/// What is told where a value is nested too deep.
std::string too_deep();

/// What the text is, for messages.
struct text_kind {
  std::string_view noun = "definition";
  std::string_view beginning = "`saga:` and its name";
  std::string_view content = "one saga";
};

/// Reads a text of that kind, YAML or JSON, without a byte order mark, into one tree; nothing when it has mistakes.
/// YAML is read by the core types of version 1.2 (`no` and `on` are text), one document, without anchors, aliases and
/// tags.
std::optional<node> read_text(std::string_view text, mistake_list& found, const text_kind& kind = {});

/// Reads what passed json::check.
std::optional<node> read_json(std::string_view checked, mistake_list& found);

/// Reads YAML that is UTF-8 without control characters.
std::optional<node> read_yaml(std::string_view text, mistake_list& found, const text_kind& kind = {});

/// What is told of a text without content.
std::string nothing_written(const text_kind& kind);

}  // namespace sagad::definition

#pragma once

#include <iosfwd>
#include <optional>
#include <string>

namespace sagad::sagactl {

/// A whole file, or of `-` everything from `in`; nothing where it cannot be read or holds more than 64 MiB.
std::optional<std::string> read_text(std::istream& in, const std::string& path);

/// For options that take a time span: empty when `text` is one, else what is wrong with it.
std::string is_duration(const std::string& text);

}  // namespace sagad::sagactl

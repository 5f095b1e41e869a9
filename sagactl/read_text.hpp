#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "sagactl/session.hpp"

namespace sagad::sagactl {

/// A whole file, or of `-` the standard input; nothing, and said why on `err`, where it cannot be read or holds more
/// than 64 MiB.
std::optional<std::string> read_named(session& with, const std::string& path);

/// The next line, without its end; false where there is none. One of more than 64 MiB is an error of the reading.
bool read_line(std::istream& from, std::string& line);

/// Whether what has been read ended in an error and not at its end.
bool failed_to_read(const std::istream& from);

/// JSON as it stands there, or of `@FILE` what is in the file (`@-` is the standard input); nothing, and said why,
/// where there is none. `what` names it: `--body`.
std::optional<std::string> read_json(session& with, std::string_view what, const std::string& given);

/// `sagactl: cannot read orders.json: No such file or directory`, by the `errno` of the attempt; 0: it is too large.
void tell_unreadable(session& with, const std::string& path, int error);

/// For options that take a time span: empty when `text` is one, else what is wrong with it.
std::string is_duration(const std::string& text);

}  // namespace sagad::sagactl

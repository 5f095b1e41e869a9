#pragma once

#include <string>
#include <vector>

namespace sagad::runtime {

/// The keys that callback tokens are signed with, from a file beside the journal: one of 64 hexadecimal digits a line,
/// the last one signs; a line is added to rotate. Made, readable by the owner only, and synced with its directory when
/// it is not there; read back, so that two that make it at once agree. Throws std::runtime_error naming the file when
/// it cannot be used.
std::vector<std::string> callback_keys_in(const std::string& file);

/// Likewise from text that is kept elsewhere, `where` for people: by lines as the file's.
std::vector<std::string> callback_keys_of(const std::string& lines, const std::string& where);

/// A line with a new key.
std::string fresh_callback_key_line();

/// One key that lives as long as the process.
std::vector<std::string> fresh_callback_keys();

}  // namespace sagad::runtime

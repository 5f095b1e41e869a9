#pragma once

#include <string>
#include <system_error>
#include <vector>

namespace sagad::journal {

/// Makes the folder, and what it lies in, as far as they are missing. Returns the folders that got an entry by that:
/// they are to be synced, or a power failure takes what was made, and everything in it however well that was synced.
std::vector<std::string> make_folders(const std::string& folder, std::error_code& failed);

}  // namespace sagad::journal

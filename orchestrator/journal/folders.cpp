#include "journal/folders.hpp"

#include <filesystem>

namespace sagad::journal {

std::vector<std::string> make_folders(const std::string& folder, std::error_code& failed) {
  std::vector<std::string> changed;
  for (auto path = std::filesystem::absolute(folder).lexically_normal();
       path.has_relative_path() && !std::filesystem::exists(path, failed); path = path.parent_path()) {
    if (path.has_filename()) changed.push_back(path.parent_path().string());
  }
  std::filesystem::create_directories(folder, failed);
  return changed;
}

}  // namespace sagad::journal

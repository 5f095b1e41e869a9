#pragma once

#include <cstddef>
#include <string>

#include "config/draft.hpp"
#include "config/parse.hpp"

namespace sagad::config {

inline constexpr std::size_t file_bytes_max = std::size_t{1} << 20U;
inline constexpr std::size_t credentials_bytes_max = std::size_t{8} << 10U;
inline constexpr std::size_t tokens_max = 1000;
inline constexpr std::size_t participants_max = 1000;

/// Reads a configuration file into the draft, with the credentials that it points at. `named_by` is who named the file.
void read_file(const std::string& path, const origin& named_by, const environment& variables, draft& into);

}  // namespace sagad::config

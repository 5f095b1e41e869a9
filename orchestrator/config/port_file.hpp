#pragma once

#include <cstdint>
#include <string>

namespace sagad::config {

/// Writes the port and a line end to the file, whole or not at all: whoever reads it sees the old content or all of the
/// new. An empty path writes nothing. Throws std::system_error naming the file.
void write_port_file(const std::string& path, std::uint16_t port);

}  // namespace sagad::config

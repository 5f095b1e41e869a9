#include "sagactl/read_text.hpp"

#include <array>
#include <fstream>
#include <istream>

#include "sagactl/times.hpp"

namespace sagad::sagactl {
namespace {

constexpr std::size_t text_bytes_max = std::size_t{64} * 1024 * 1024;

std::optional<std::string> read_all(std::istream& from) {
  std::string text;
  std::array<char, 65536> buffer{};
  while (from) {
    from.read(buffer.data(), buffer.size());
    text.append(buffer.data(), static_cast<std::size_t>(from.gcount()));
    if (text.size() > text_bytes_max) return std::nullopt;
  }
  return from.bad() ? std::nullopt : std::optional(std::move(text));
}

}  // namespace

std::optional<std::string> read_text(std::istream& in, const std::string& path) {
  if (path == "-") return read_all(in);
  std::ifstream file(path, std::ios::binary);
  // A folder opens, and fails only when it is read.
  if (!file || file.peek() == std::ifstream::traits_type::eof()) {
    return file.is_open() && !file.bad() && file.eof() ? std::optional<std::string>("") : std::nullopt;
  }
  return read_all(file);
}

std::string is_duration(const std::string& text) {
  return parse_duration(text) ? "" : "'" + text + "' is no time span: write it with its unit, like 10s, 500ms, 5m, 24h";
}

}  // namespace sagad::sagactl

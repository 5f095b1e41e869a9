#include "sagactl/read_text.hpp"

#include <array>
#include <cerrno>
#include <fstream>
#include <istream>
#include <ostream>
#include <system_error>

#include "sagactl/json_view.hpp"
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
  return failed_to_read(from) ? std::nullopt : std::optional(std::move(text));
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  // A folder opens, and fails only when it is read.
  if (!file || file.peek() == std::ifstream::traits_type::eof()) {
    return file.is_open() && !file.bad() && file.eof() ? std::optional<std::string>("") : std::nullopt;
  }
  return read_all(file);
}

}  // namespace

bool read_line(std::istream& from, std::string& line) {
  line.clear();
  char letter = 0;
  while (from.get(letter)) {
    if (letter == '\n') return true;
    if (line.size() == text_bytes_max) {
      from.setstate(std::ios::badbit);
      return false;
    }
    line += letter;
  }
  return !line.empty() && !failed_to_read(from);
}

bool failed_to_read(const std::istream& from) {
  return from.bad();
}

std::optional<std::string> read_named(session& with, const std::string& path) {
  errno = 0;
  auto text = path == "-" ? read_all(with.in) : read_file(path);
  if (!text) tell_unreadable(with, path, errno);
  return text;
}

std::optional<std::string> read_json(session& with, std::string_view what, const std::string& given) {
  const bool from_file = !given.empty() && given.front() == '@';
  auto text = from_file ? read_named(with, given.substr(1)) : std::optional(given);
  if (!text) return text;
  const auto mistake = json_mistake(*text);
  if (mistake.empty()) return text;
  with.err << "sagactl: " << what << " is not JSON: " << mistake << "\n  next: correct it";
  // Typed, and perhaps eaten by the shell.
  if (!from_file) with.err << ", as in " << what << " '{\"item\": \"sword\"}' or " << what << " @FILE";
  with.err << "; nothing was sent\n";
  return std::nullopt;
}

void tell_unreadable(session& with, const std::string& path, int error) {
  const auto why = error != 0 ? std::generic_category().message(error)
                              : "it holds more than " + std::to_string(text_bytes_max / 1024 / 1024) + " MiB";
  with.err << "sagactl: cannot read " << printable(path) << ": " << why << '\n';
  const bool is_json = !path.empty() && (path.front() == '{' || path.front() == '[');
  if (is_json)
    with.err << "  next: here stands a file's name; JSON itself is given as --input '" << printable(path) << "'\n";
}

std::string is_duration(const std::string& text) {
  return parse_duration(text) ? ""
                              : "'" + text + "' is no time span: write it with its unit, like 500ms, 10s, 5m, 24h, 7d";
}

}  // namespace sagad::sagactl

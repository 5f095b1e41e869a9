#include "sagactl/load_definition.hpp"

#include <algorithm>
#include <filesystem>
#include <ostream>

#include "base/utf8.hpp"
#include "sagactl/json_view.hpp"
#include "sagactl/read_text.hpp"

namespace sagad::sagactl {
namespace {

constexpr std::size_t line_shown_max = 160;  // characters; of a longer line, what is around the mistake
constexpr std::uint32_t shown_before = 60;

std::string_view line_of(std::string_view text, std::uint32_t number) {
  for (std::uint32_t line = 1; line < number; ++line) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

// As much white space as stands before the character at `column` (from 1) is wide.
std::string indent_to(std::string_view line, std::uint32_t column) {
  std::string out;
  std::uint32_t seen = 0;
  for (const char byte : line) {
    const bool begins = !continues_character(byte);
    if (begins && ++seen >= column) break;
    if (begins) out += byte == '\t' ? '\t' : ' ';
  }
  return out;
}

struct excerpt {
  std::string text;
  std::uint32_t column;  // in it
};

excerpt around(std::string_view line, std::uint32_t column) {
  if (characters(line) <= line_shown_max) return {std::string(line), column};
  constexpr std::string_view more = "...";
  const auto left_out = column > shown_before ? column - 1 - shown_before : 0;
  const auto rest = line.substr(first_characters(line, left_out).size());
  const auto shown = first_characters(rest, line_shown_max);
  excerpt made{std::string(shown), column - left_out};
  if (shown.size() < rest.size()) made.text += more;
  if (left_out == 0) return made;
  return {std::string(more) + made.text, made.column + static_cast<std::uint32_t>(more.size())};
}

}  // namespace

void show_mistakes(std::ostream& out, const std::string& file, std::string_view text,
                   const std::vector<definition::mistake>& mistakes) {
  for (const auto& one : mistakes) {
    out << file << ':' << one.line << ':' << one.column << ": " << printable(one.text) << '\n';
    const auto line = line_of(text, one.line);
    if (line.empty()) continue;
    const auto number = std::to_string(one.line);
    auto [shown, column] = around(line, one.column);
    std::replace_if(
        shown.begin(), shown.end(), [](char byte) { return byte != '\t' && static_cast<unsigned char>(byte) < 0x20; },
        ' ');
    out << "  " << number << " | " << shown << '\n'
        << "  " << std::string(number.size(), ' ') << " | " << indent_to(shown, column) << "^\n";
  }
}

definition::loaded check_offline(std::string_view text) {
  definition::surroundings around;
  around.participants_known = false;
  auto loaded = definition::load(text, around);
  const auto* good = std::get_if<definition::definition_ptr>(&loaded);
  if (good == nullptr || !(*good)->name.empty()) return loaded;
  return std::vector<definition::mistake>{
      {1, 1, "it has no name: begin it with `saga: NAME`; only what a start brings along goes without"}};
}

definition::definition_ptr load_definition(session& with, const std::string& file) {
  const auto text = read_named(with, file);
  if (!text) return nullptr;
  const auto loaded = check_offline(*text);
  if (const auto* good = std::get_if<definition::definition_ptr>(&loaded)) return *good;
  show_mistakes(with.err, file, *text, std::get<std::vector<definition::mistake>>(loaded));
  return nullptr;
}

std::vector<std::string> definition_files(const std::vector<std::string>& named) {
  namespace fs = std::filesystem;
  std::vector<std::string> found;
  for (const auto& name : named) {
    if (!fs::is_directory(name)) {
      found.push_back(name);
      continue;
    }
    std::vector<std::string> inside;
    for (const auto& entry : fs::directory_iterator(name)) {
      const auto ending = entry.path().extension();
      if (entry.is_regular_file() && (ending == ".yaml" || ending == ".yml" || ending == ".json")) {
        inside.push_back(entry.path().string());
      }
    }
    std::sort(inside.begin(), inside.end());
    found.insert(found.end(), inside.begin(), inside.end());
  }
  return found;
}

exit_code tell_no_definitions(session& with, const std::vector<std::string>& folders) {
  with.err << "sagactl: no .yaml, .yml or .json file lies directly in";
  for (const auto& folder : folders)
    with.err << (&folder == &folders.front() ? " `" : ", `") << printable(folder) << '`';
  with.err << "\n  next: name the files, or the folder that they lie in\n";
  return exit_code::usage;
}

}  // namespace sagad::sagactl

#include "sagactl/screen.hpp"

#include <algorithm>
#include <array>
#include <ostream>

namespace sagad::sagactl {
namespace {

int columns_at() {
  static const int at = std::ios_base::xalloc();
  return at;
}

int colour_at() {
  static const int at = std::ios_base::xalloc();
  return at;
}

constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view yellow = "\x1b[33m";
constexpr std::string_view no_colour = "\x1b[0m";

struct colouring {
  std::string_view heading;
  std::string_view cell;
  std::string_view colour;
};

constexpr std::array<colouring, 9> colours{{{"STATE", "stuck", red},
                                            {"STATE", "completed", green},
                                            {"STATE", "paused", yellow},
                                            {"STATE", "compensating", yellow},
                                            {"STATE", "compensated", yellow},
                                            {"STATE", "resolved", yellow},
                                            {"CIRCUIT", "open", yellow},
                                            {"CIRCUIT", "half-open", yellow},
                                            {"REACHABLE", "no", yellow}}};

}  // namespace

void set_screen(std::ostream& out, screen shown) {
  out.iword(columns_at()) = static_cast<long>(shown.columns);
  out.iword(colour_at()) = shown.colour ? 1 : 0;
}

screen screen_of(std::ostream& out) {
  return {static_cast<std::size_t>(out.iword(columns_at())), out.iword(colour_at()) != 0};
}

std::string painted(std::ostream& out, std::string_view heading, const std::string& cell) {
  if (!screen_of(out).colour) return cell;
  for (const auto& one : colours) {
    if (one.heading == heading && one.cell == cell) return std::string(one.colour) + cell + std::string(no_colour);
  }
  return cell;
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char letter) { return (static_cast<unsigned char>(letter) & 0xc0U) != 0x80; }));
}

std::vector<std::string> lines_of(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    const bool begun = !lines.back().empty();
    if (begun && width_of(lines.back()) + 1 + width_of(word) > width) {
      lines.emplace_back(word);
    } else {
      lines.back().append(begun ? " " : "").append(word);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace sagad::sagactl

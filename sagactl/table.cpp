#include "sagactl/table.hpp"

#include <algorithm>
#include <ostream>

#include "sagactl/screen.hpp"

namespace sagad::sagactl {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t last_width_min = 20;  // below that a broken column is harder to read than a broken line

}  // namespace

void table::print(std::ostream& out, std::size_t indent) const {
  const auto& heading = rows_.front();
  std::vector<std::size_t> widths(heading.size());
  for (const auto& row : rows_) {
    for (std::size_t at = 0; at < row.size(); ++at) widths[at] = std::max(widths[at], width_of(row[at]));
  }
  std::size_t last_at = indent;
  for (std::size_t at = 0; at + 1 < widths.size(); ++at) last_at += widths[at] + gap;
  const auto columns = screen_of(out).columns;
  const bool breaks = columns >= last_at + last_width_min && columns < last_at + widths.back();
  for (const auto& row : rows_) {
    std::string line(indent, ' ');
    for (std::size_t at = 0; at + 1 < row.size(); ++at) {
      line += painted(out, heading[at], row[at]);
      line.append(widths[at] - width_of(row[at]) + gap, ' ');
    }
    const auto last = breaks ? lines_of(row.back(), columns - last_at) : std::vector{row.back()};
    line += painted(out, heading.back(), last.front());
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
    for (std::size_t at = 1; at < last.size(); ++at) out << std::string(last_at, ' ') << last[at] << '\n';
  }
}

}  // namespace sagad::sagactl

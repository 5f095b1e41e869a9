#include "sagactl/table.hpp"

#include <algorithm>
#include <numeric>
#include <ostream>

#include "sagactl/screen.hpp"

namespace sagad::sagactl {
namespace {

using table_row = std::vector<std::string>;

constexpr std::size_t gap = 2;
constexpr std::size_t last_width_min = 20;  // below that a broken column is hard to read

// The columns of a table that are shown, by their numbers, and how wide each is.
struct layout {
  std::vector<std::size_t> shown;
  std::vector<std::size_t> widths;
  std::size_t indent = 0;

  std::size_t last_at() const {
    return std::accumulate(shown.begin(), shown.end() - 1, indent,
                           [this](std::size_t at, std::size_t column) { return at + widths[column] + gap; });
  }
  std::size_t width() const { return last_at() + widths[shown.back()]; }
  bool fits(std::size_t columns) const { return columns == 0 || columns >= width() || breaks(columns); }
  /// Whether the last column is to be broken into lines, and can be.
  bool breaks(std::size_t columns) const { return columns < width() && columns >= last_at() + last_width_min; }
};

std::vector<std::size_t> widths_of(const std::vector<table_row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t at = 0; at < row.size(); ++at) widths[at] = std::max(widths[at], width_of(row[at]));
  }
  return widths;
}

void print_rows(std::ostream& out, const std::vector<table_row>& rows, const layout& as) {
  const auto columns = screen_of(out).columns;
  const auto last = as.shown.back();
  for (const auto& row : rows) {
    std::string line(as.indent, ' ');
    for (const auto at : as.shown) {
      if (at == last) break;
      line += painted(out, rows.front()[at], row[at]);
      line.append(as.widths[at] - width_of(row[at]) + gap, ' ');
    }
    const auto lines =
        as.breaks(columns) ? sagactl::lines_of(row[last], columns - as.last_at()) : std::vector{row[last]};
    line += painted(out, rows.front()[last], lines.front());
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
    for (std::size_t at = 1; at < lines.size(); ++at) out << std::string(as.last_at(), ' ') << lines[at] << '\n';
  }
}

// `KEY  order-7731`, one below the other; what is empty is left out. Broken is the last column alone, as above: ids and
// commands are copied.
void print_cells(std::ostream& out, const std::vector<table_row>& rows, std::size_t indent) {
  const auto& heading = rows.front();
  std::size_t widest = 0;
  for (const auto& name : heading) widest = std::max(widest, width_of(name));
  const bool named = widest != 0;
  const auto cell_at = indent + (named ? widest + gap : 0);
  const auto columns = std::max(screen_of(out).columns, cell_at + last_width_min);
  for (std::size_t of = 1; of < rows.size(); ++of) {
    if (of > 1 || !named) out << '\n';
    for (std::size_t at = 0; at < heading.size(); ++at) {
      if (rows[of][at].empty()) continue;
      const auto& cell = rows[of][at];
      const auto lines = at + 1 == heading.size() ? sagactl::lines_of(cell, columns - cell_at) : std::vector{cell};
      const auto from = std::string(indent, ' ') + heading[at];
      out << from << std::string(cell_at - width_of(from), ' ') << painted(out, heading[at], lines.front()) << '\n';
      for (std::size_t more = 1; more < lines.size(); ++more) out << std::string(cell_at, ' ') << lines[more] << '\n';
    }
  }
}

}  // namespace

void table::print(std::ostream& out, std::size_t indent) const {
  const auto& heading = rows_.front();
  const auto columns = screen_of(out).columns;
  layout as{std::vector<std::size_t>(heading.size()), widths_of(rows_), indent};
  std::iota(as.shown.begin(), as.shown.end(), std::size_t{0});
  std::string left_out;
  for (const auto& name : left_out_first_) {
    if (as.fits(columns)) break;
    std::erase_if(as.shown, [&](std::size_t at) { return heading[at] == name; });
    left_out += (left_out.empty() ? "" : ", ") + name;
  }
  if (!as.fits(columns)) return print_cells(out, rows_, indent);
  print_rows(out, rows_, as);
  if (left_out.empty()) return;
  for (const auto& line : lines_of("Left out, as the terminal is narrow: " + left_out, columns)) out << line << '\n';
}

}  // namespace sagad::sagactl

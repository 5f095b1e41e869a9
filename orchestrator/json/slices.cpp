#include <algorithm>
#include <bit>
#include <charconv>

#include "json/cursor.hpp"
#include "json/json.hpp"

namespace sagad::json {
namespace {

// Which of up to 64 paths are meant, a bit each.
using path_set = std::uint64_t;

template <typename Visit>
void for_each(path_set set, Visit&& visit) {
  for (; set != 0; set &= set - 1) visit(static_cast<std::size_t>(std::countr_zero(set)));
}

bool is_name(std::string_view raw, std::string_view name) {
  const std::string_view inside = raw.substr(1, raw.size() - 2);
  if (inside == name) return inside.find('\\') == std::string_view::npos;
  return inside.find('\\') != std::string_view::npos && unescape(raw) == name;
}

bool is_index(std::size_t index, std::string_view component) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, index).ptr;
  return component == std::string_view(digits, static_cast<std::size_t>(end - digits));
}

// Cuts up to 64 paths out of one text in a single pass.
class cutter {
 public:
  cutter(std::string_view text, std::span<const path> paths, std::span<std::string_view> found)
      : at_(text), paths_(paths), found_(found) {}

  void cut() { value(paths_.size() == 64 ? ~path_set{0} : (path_set{1} << paths_.size()) - 1, 0); }

 private:
  // The cursor stands before the value that the first `depth` components of all `wanted` paths name.
  void value(path_set wanted, std::size_t depth) {
    path_set ending = 0;
    for_each(wanted, [&](std::size_t which) {
      if (paths_[which].size() == depth) ending |= path_set{1} << which;
    });
    const path_set going_on = wanted & ~ending;
    if (ending != 0) {
      cursor ahead = at_;
      const std::string_view raw = ahead.take();
      for_each(ending, [&](std::size_t which) { found_[which] = raw; });
      left_ -= static_cast<std::size_t>(std::popcount(ending));
      if (going_on == 0) {
        at_ = ahead;
        return;
      }
    }
    inside(going_on, depth);
  }

  void inside(path_set wanted, std::size_t depth) {
    switch (at_.next_kind()) {
      case kind::object:
        at_.members([&](std::string_view name) {
          return child(wanted, depth, [&](std::string_view component) { return is_name(name, component); });
        });
        return;
      case kind::array:
        at_.elements([&](std::size_t index) {
          return child(wanted, depth, [&](std::string_view component) { return is_index(index, component); });
        });
        return;
      default: at_.take();
    }
  }

  template <typename Matches>
  bool child(path_set wanted, std::size_t depth, Matches&& matches) {
    path_set inner = 0;
    for_each(wanted, [&](std::size_t which) {
      if (matches(paths_[which][depth])) inner |= path_set{1} << which;
    });
    if (inner == 0) {
      at_.take();
    } else {
      value(inner, depth + 1);
    }
    return left_ != 0;
  }

  cursor at_;
  std::span<const path> paths_;
  std::span<std::string_view> found_;
  std::size_t left_ = paths_.size();
};

}  // namespace

std::vector<std::string_view> slices(std::string_view text, std::span<const path> paths) {
  std::vector<std::string_view> found(paths.size());
  for (std::size_t from = 0; from < paths.size(); from += 64) {
    const std::size_t count = std::min<std::size_t>(64, paths.size() - from);
    cutter(text, paths.subspan(from, count), std::span(found).subspan(from, count)).cut();
  }
  return found;
}

std::string_view slice(std::string_view text, path where) {
  std::string_view found;
  cutter(text, {&where, 1}, {&found, 1}).cut();
  return found;
}

}  // namespace sagad::json

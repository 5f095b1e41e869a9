#include "json/path_tree.hpp"

#include <algorithm>
#include <charconv>

namespace sagad::json {
namespace {

bool goes_before(std::string_view left, std::string_view right) noexcept {
  return left.size() != right.size() ? left.size() < right.size() : left < right;
}

}  // namespace

void path_tree::add(path where, number which) {
  if (nodes_.empty()) nodes_.emplace_back();
  std::uint32_t at = 0;
  for (const auto& component : where) {
    auto& branches = nodes_[at].branches;
    const auto place =
        std::lower_bound(branches.begin(), branches.end(), component,
                         [](const branch& one, std::string_view name) { return goes_before(one.name, name); });
    if (place != branches.end() && place->name == component) {
      at = place->node;
      continue;
    }
    at = static_cast<std::uint32_t>(nodes_.size());
    branches.insert(place, {component, at});
    nodes_.emplace_back();
  }
  nodes_[at].ends.push_back(which);
  ++paths_;
}

const path_tree::node* path_tree::find(const node& in, std::string_view name, std::size_t& compared) const {
  const auto place = std::lower_bound(in.branches.begin(), in.branches.end(), name,
                                      [&compared](const branch& one, std::string_view wanted) {
                                        ++compared;
                                        return goes_before(one.name, wanted);
                                      });
  if (place == in.branches.end()) return nullptr;
  ++compared;
  return place->name == name ? &nodes_[place->node] : nullptr;
}

const path_tree::node* path_tree::find_member(const node& in, std::string_view raw_name, std::size_t& compared) const {
  const std::string_view inside = raw_name.substr(1, raw_name.size() - 2);
  if (inside.find('\\') == std::string_view::npos) return find(in, inside, compared);
  return find(in, unescape(raw_name), compared);
}

const path_tree::node* path_tree::find_element(const node& in, std::size_t index, std::size_t& compared) const {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, index).ptr;
  return find(in, {digits, static_cast<std::size_t>(end - digits)}, compared);
}

std::string_view slice(std::string_view text, path where) {
  path_tree one;
  one.add(where, 0);
  std::string_view found;
  one.cut(text, [&found](path_tree::number, std::string_view raw) { found = raw; });
  return found;
}

}  // namespace sagad::json

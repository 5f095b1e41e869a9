#include "config/mistakes.hpp"

#include <algorithm>
#include <tuple>

#include "base/one_line.hpp"

namespace sagad::config {

std::string origin::shown() const {
  if (given != from::file || at.line == 0) return name;
  return name + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

void mistakes::add(const origin& where, std::string text) {
  if (found_.size() < kept_max) {
    found_.emplace_back(where, std::move(text));
  } else {
    ++further_;
  }
}

bool mistakes::all_from(origin::from given) const noexcept {
  return std::all_of(found_.begin(), found_.end(), [given](const auto& one) { return one.first.given == given; });
}

std::string mistakes::told() const {
  auto ordered = found_;
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto& left, const auto& right) {
    const auto rank = [](const origin& of) { return std::tuple(of.given, of.at.line, of.at.column); };
    return rank(left.first) < rank(right.first);
  });
  std::string lines;
  for (const auto& [where, text] : ordered) {
    const auto shown = where.shown();
    lines += one_line((shown.empty() ? "" : shown + ": ") + text) + "\n";
  }
  if (further_ != 0) lines += "and " + std::to_string(further_) + " more\n";
  return lines;
}

}  // namespace sagad::config

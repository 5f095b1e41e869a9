#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "definition/text_template.hpp"

namespace sagad::definition {

/// Numbers every value that some template reads, each once, in the order in which they are first read.
class slice_table {
 public:
  static constexpr std::size_t slices_max = 4096;

  /// Nothing when there are too many.
  std::optional<slice_no> number(const slice_source& source) {
    auto key = std::tuple(source.from, source.step, source.path);
    if (const auto known = numbers_.find(key); known != numbers_.end()) return known->second;
    if (sources_.size() == slices_max) return std::nullopt;
    const auto next = static_cast<slice_no>(sources_.size());
    sources_.push_back(source);
    numbers_.emplace(std::move(key), next);
    return next;
  }

  const std::vector<slice_source>& sources() const noexcept { return sources_; }

 private:
  std::vector<slice_source> sources_;
  std::map<std::tuple<slice_source::root, step_no, std::vector<std::string>>, slice_no> numbers_;
};

}  // namespace sagad::definition

#pragma once

#include <boost/container/small_vector.hpp>
#include <span>
#include <string_view>

#include "definition/definition.hpp"
#include "json/json.hpp"

namespace sagad::engine {

/// Calls `keep(slice_no, raw)` for each of the numbered slices that `text` has.
template <typename Keep>
void cut_slices(const definition::definition& definition, std::span<const definition::slice_no> numbers,
                std::string_view text, Keep&& keep) {
  if (numbers.empty()) return;
  boost::container::small_vector<json::path, 16> paths;
  for (auto number : numbers) paths.emplace_back(definition.slices[number].path);
  const auto found = json::slices(text, {paths.data(), paths.size()});
  for (std::size_t at = 0; at < numbers.size(); ++at) {
    if (found[at].data() != nullptr) keep(numbers[at], found[at]);
  }
}

}  // namespace sagad::engine

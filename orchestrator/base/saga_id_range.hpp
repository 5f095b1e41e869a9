#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "base/saga_id.hpp"

namespace sagad {

/// The first and the last in the order of ids whose text begins so, whether such ids are ever made or not; empty where
/// no id's text begins so.
std::optional<std::pair<saga_id, saga_id>> saga_ids_beginning_with(std::string_view text);

}  // namespace sagad

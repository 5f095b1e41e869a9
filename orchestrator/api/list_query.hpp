#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/problem.hpp"
#include "views/query.hpp"

namespace sagad::api {

/// What a list's parameters ask of the views; or which of them cannot be so, and how it is written.
std::variant<views::query, problem> read_list_query(const std::vector<std::pair<std::string, std::string>>& parameters);

/// What those of a list's parameters that narrow it ask for; the others are none here.
std::variant<views::filter, problem> read_filter(const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace sagad::api

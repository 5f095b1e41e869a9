#pragma once

#include <string_view>

#include "definition/expression/expression.hpp"

namespace sagad::definition::expression {

/// How an operator is written.
std::string_view sign_of(operation what) noexcept;

}  // namespace sagad::definition::expression

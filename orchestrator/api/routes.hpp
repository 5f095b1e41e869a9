#pragma once

#include <string_view>

#include "api/target.hpp"

namespace sagad::api {

/// The methods of the route at that path, as the header `Allow` names them; empty where there is no route.
std::string_view methods_at(const target& where) noexcept;

}  // namespace sagad::api

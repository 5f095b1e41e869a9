#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "api/target.hpp"

namespace sagad::api {

struct route {
  std::array<std::string_view, 5> segments;  ///< `*` is any one segment
  std::size_t count;
  std::string_view methods;  ///< with commas between, GET first; HEAD goes with GET
};

/// Every route there is.
std::span<const route> all_routes() noexcept;

/// The methods of the route at that path; empty where there is no route.
std::string_view methods_at(const target& where) noexcept;

/// The path that was probably meant by one where there is no route, as in `/v1/sagas`; empty where none is near.
std::string path_meant(const target& where);

}  // namespace sagad::api

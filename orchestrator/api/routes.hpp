#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/target.hpp"

namespace sagad::api {

/// The query parameters of one method.
struct taken_parameters {
  std::string_view method;
  std::array<std::string_view, 3> names;
};

/// In place of names: the route itself reads them, and refuses others.
inline constexpr std::string_view read_by_itself = "*";

struct route {
  std::array<std::string_view, 5> segments;  ///< `*` is any one segment
  std::size_t count;
  std::string_view methods;                 ///< with commas between, GET first; HEAD goes with GET
  std::array<taken_parameters, 2> takes{};  ///< of methods that are not named here: none
};

/// Every route there is.
std::span<const route> all_routes() noexcept;

/// The methods of the route at that path; empty where there is no route.
std::string_view methods_at(const target& where) noexcept;

/// What is wrong with the parameters of a request to a route: what its method does not take, or takes once.
std::optional<problem> wrong_parameters(std::string_view method, const target& where);

/// The path that was probably meant by one where there is no route, as in `/v1/sagas`; empty where none is near.
std::string path_meant(const target& where);

}  // namespace sagad::api

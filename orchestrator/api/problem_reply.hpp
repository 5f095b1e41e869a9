#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/problem.hpp"
#include "definition/load.hpp"
#include "http/server.hpp"

namespace sagad::api {

/// An RFC 9457 answer. `more` is further members as they are to stand in the object, beginning with a comma, or empty.
http::response problem_response(const problem& what, std::string_view more = {});

/// The member `errors` of an answer about a definition, as `more`.
std::string mistakes_json(const std::vector<definition::mistake>& mistakes);

}  // namespace sagad::api

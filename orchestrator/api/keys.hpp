#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "api/target.hpp"
#include "base/problem.hpp"
#include "http/server.hpp"

namespace sagad::api {

/// Why the text cannot be a client's key.
std::optional<problem> unlike_a_key(std::string_view text);

/// The key in `Idempotency-Key`, bare or quoted; empty when there is none. A problem: it cannot be a key, or stands
/// there twice and differs.
std::variant<std::string, problem> key_in_header(const http::request& request);

/// The key of a start, from wherever it stands: the header, `?key=`, the body. Given twice it must be the same.
std::variant<std::string, problem> key_of(const http::request& request, const target& where,
                                          std::optional<std::string_view> in_body);

}  // namespace sagad::api

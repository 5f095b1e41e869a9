#pragma once

#include <string_view>

namespace sagad::api {

/// openapi.yaml of this folder, as it was when the program was built.
std::string_view openapi_text() noexcept;

}  // namespace sagad::api

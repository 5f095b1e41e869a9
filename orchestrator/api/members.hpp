#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sagad::api {

/// A member of an object: its name, and its value's raw text as a view. Raw, because a number of any size is JSON, and
/// a parser that makes doubles of them refuses some.
using member = std::pair<std::string, std::string_view>;

/// What the object `text` holds, in its order. `text` passed json::check and is_object.
std::vector<member> members_of(std::string_view text);

/// "`inpt` is not known here: did you mean `input`?", or all that are known where none is near.
std::string not_known(std::string_view name, std::span<const std::string_view> known);

bool is_object(std::string_view raw) noexcept;  ///< white space before it is passed over
bool is_text(std::string_view raw) noexcept;    ///< `raw` as members_of gives it

}  // namespace sagad::api

#pragma once

#include <rapidjson/document.h>

#include <string>
#include <string_view>

namespace sagad::sagactl {

/// Why this is no good answer of a sagad, for people: it lacks `member`, or a member that sagactl reads has another
/// type than sagad gives it. Empty: it may be one. A member that is not there, or null, is of any type, as sagads of
/// other versions have more or less of them.
std::string misfit(const rapidjson::Value& answer, std::string_view member);

}  // namespace sagad::sagactl

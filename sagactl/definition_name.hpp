#pragma once

#include <string>
#include <string_view>

namespace sagad::sagactl {

/// The name in a definition's text, YAML or JSON: what stands at its top level behind `saga:`. Empty without one.
std::string definition_name(std::string_view text);
/// Whether the text begins as a JSON object does.
bool looks_like_json(std::string_view text);

}  // namespace sagad::sagactl

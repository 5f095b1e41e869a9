#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sagactl/session.hpp"

namespace sagad::sagactl {

/// The names of the server's definitions; nothing where it does not tell.
std::optional<std::vector<std::string>> definition_names(session& with);

/// For the end of a message: ": did you mean `x`?", or the known names when none is near.
std::string hint_of(const std::string& word, const std::vector<std::string>& known);

/// The same, and nothing when none is near.
std::string meant_of(const std::string& word, const std::vector<std::string>& known);

}  // namespace sagad::sagactl

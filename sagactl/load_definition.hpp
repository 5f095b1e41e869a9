#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "definition/load.hpp"
#include "sagactl/exit_code.hpp"
#include "sagactl/session.hpp"

namespace sagad::sagactl {

/// Shows mistakes the way compilers do: `FILE:LINE:COLUMN: what`, the line, and a mark below the place.
void show_mistakes(std::ostream& out, const std::string& file, std::string_view text,
                   const std::vector<definition::mistake>& mistakes);

/// The definition in a file, checked as the server checks it, but for what the server alone knows: its participants and
/// the paths that they allow. Null, and said why on `err`, where it has mistakes.
definition::definition_ptr load_definition(session& with, const std::string& file);

/// The same of a text.
definition::loaded check_offline(std::string_view text);

/// The files themselves, and of a folder those directly in it that can be definitions.
std::vector<std::string> definition_files(const std::vector<std::string>& named);

/// Says that the folders that were named have none.
exit_code tell_no_definitions(session& with, const std::vector<std::string>& folders);

}  // namespace sagad::sagactl

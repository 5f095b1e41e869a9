#pragma once

#include <string>

#include "journal/journal.hpp"

namespace sagad {

/// Tells the log what opening the journal found: a torn batch, and of an accepted loss what is missing and which sagas
/// it concerns. All of them are listed in a file of `directory`, the first ones in the log, too.
void tell_opening(const journal::opening& opened, const std::string& directory);

}  // namespace sagad

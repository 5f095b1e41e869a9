#pragma once

#include "engine/record.hpp"
#include "journal/journal.hpp"
#include "views/row.hpp"

namespace sagad::views {

/// What a record means for its saga's row: the rows of views are made of nothing else. The first record makes it (of an
/// empty row). Needs no definition: steps stay numbers. Total: a record that does not follow its predecessor breaks the
/// row, and a broken row stays as it is.
void project(row& row, const engine::record& record);

/// As the journal gives it: decodes, and notes where the record stands. Bytes that are no record break the row.
void project(row& row, const journal::stored_record& stored);

}  // namespace sagad::views

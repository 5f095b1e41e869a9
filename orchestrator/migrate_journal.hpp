#pragma once

#include "config/settings.hpp"

namespace sagad {

/// `sagad migrate`: brings the tables of the journal's database forward, or shows how it would. The exit code.
int migrate_journal(const config::settings& settings);

}  // namespace sagad

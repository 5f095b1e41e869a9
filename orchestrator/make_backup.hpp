#pragma once

#include "config/settings.hpp"

namespace sagad {

/// `sagad backup DIR`: copies the configured journal's folder as it is at one moment, while a sagad may have it open.
/// By a process of low priority; returns its exit code.
int make_backup(const config::settings& settings);

}  // namespace sagad

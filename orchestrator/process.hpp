#pragma once

#include "config/settings.hpp"

namespace sagad {

/// Builds the rooms as configured, serves until SIGTERM or SIGINT, drains, and returns the exit code: 0 after a drain,
/// 1 when it could not begin (one clear line says why), 130 when a second signal ended it at once.
int run_coordinator(const config::settings& wanted);

}  // namespace sagad

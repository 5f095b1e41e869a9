#pragma once

#include "config/settings.hpp"

namespace sagad {

/// `sagad views rebuild`: builds the views of the configured journal anew. A sagad that runs on it is asked to, at its
/// address, with the token of SAGAD_TOKEN, and so is one whose views are in memory; else it is done here. Returns when
/// they have taken their place; the process's exit code.
int rebuild_views(const config::settings& settings);

}  // namespace sagad

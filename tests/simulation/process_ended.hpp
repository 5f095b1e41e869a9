#pragma once

namespace sagad::simulation {

/// Thrown where the simulated process dies, through everything that it was about. No std::exception: nobody may take it
/// for an error and go on.
struct process_ended {};

}  // namespace sagad::simulation

#pragma once

namespace sagad::journal {

/// The calling thread gives way to those that run sagas: from now on it is so many steps ("nice") below what the
/// process runs at, whatever that is, and preempts nobody who runs (SCHED_BATCH). For work that no client waits for.
/// Where the operating system does not allow it the thread does without.
void give_way(int steps) noexcept;

}  // namespace sagad::journal

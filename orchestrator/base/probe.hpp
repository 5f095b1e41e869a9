#pragma once

#include <cstdint>
#include <span>

namespace sagad {

/// A place in the program that is rarely come to. It counts how often, and all of them can be listed, so that a
/// simulation can tell which it never gets to. Any thread.
struct probe {
  const char* name;
  std::uint64_t reached;
};

/// All that are linked in. Only where there is one: the linker makes the list.
inline std::span<probe> all_probes() noexcept {
  extern probe first_of_all_probes __asm__("__start_sagad_probes");
  extern probe end_of_all_probes __asm__("__stop_sagad_probes");
  return {&first_of_all_probes, &end_of_all_probes};
}

}  // namespace sagad

/// Marks such a place, in words that say what happens there. An addition to a word of its own is all that it costs;
/// not for what each saga passes. In source files alone, and not in a template: each is in the list once.
#define SAGAD_PROBE(what)                                                                           \
  do {                                                                                              \
    [[gnu::section("sagad_probes"), gnu::used]] static constinit ::sagad::probe here_is{(what), 0}; \
    __atomic_fetch_add(&here_is.reached, 1, __ATOMIC_RELAXED);                                      \
  } while (false)

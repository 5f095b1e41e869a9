// Loaded before sagad (LD_PRELOAD): counts what its reactors' threads take from the heap, in a file of 8 bytes that
// SAGAD_COUNTS names and others may read meanwhile. A reactor's thread is one that has waited for events.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t>* shared() noexcept {
  static std::atomic<std::uint64_t>* const counter = [] {
    const char* const name = std::getenv("SAGAD_COUNTS");
    const int file = name == nullptr ? -1 : ::open(name, O_RDWR | O_CLOEXEC);
    if (file < 0) std::abort();
    void* const at = ::mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (at == MAP_FAILED) std::abort();
    ::close(file);
    return static_cast<std::atomic<std::uint64_t>*>(at);
  }();
  return counter;
}

thread_local bool is_reactor = false;

void count() noexcept {
  if (is_reactor) shared()->fetch_add(1, std::memory_order_relaxed);
}

template <typename Function>
Function* next(const char* name) noexcept {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" int epoll_wait(int epoll, epoll_event* events, int most, int timeout) {
  static auto* const given = next<int(int, epoll_event*, int, int)>("epoll_wait");
  is_reactor = true;
  return given(epoll, events, most, timeout);
}

extern "C" void* malloc(std::size_t size) noexcept {
  static auto* const given = next<void*(std::size_t)>("malloc");
  count();
  return given(size);
}

extern "C" void* realloc(void* at, std::size_t size) noexcept {
  static auto* const given = next<void*(void*, std::size_t)>("realloc");
  count();
  return given(at, size);
}

void* operator new(std::size_t size) {
  // The library's own, and not the one here: it ends in another malloc than the C library's.
  static auto* const given = next<void*(std::size_t)>("_Znwm");
  count();
  return given(size);
}

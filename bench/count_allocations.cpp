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

// Each by itself: the allocator that sagad is linked with has its own of each, which call no other. Forms that take an
// alignment or do not throw are used by nothing that a saga passes.
#define COUNTED(signature, name, type, ...)      \
  signature {                                    \
    static auto* const given = next<type>(name); \
    count();                                     \
    return given(__VA_ARGS__);                   \
  }

extern "C" {
COUNTED(void* malloc(std::size_t size) noexcept, "malloc", void*(std::size_t), size)
COUNTED(void* calloc(std::size_t many, std::size_t size) noexcept, "calloc", void*(std::size_t, std::size_t), many,
        size)
COUNTED(void* realloc(void* at, std::size_t size) noexcept, "realloc", void*(void*, std::size_t), at, size)
}
COUNTED(void* operator new(std::size_t size), "_Znwm", void*(std::size_t), size)
COUNTED(void* operator new[](std::size_t size), "_Znam", void*(std::size_t), size)

// Loaded before sagad (LD_PRELOAD): counts what its reactors' threads take from the heap, in a file that SAGAD_COUNTS
// names and others may read meanwhile: a number of 8 bytes for each phase of their work. A reactor's thread is one that
// has waited for events; in which phase it is, is told by the system call that it has made last.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

enum phase : unsigned {
  waking,    ///< since events were waited for
  deciding,  ///< since something was received: it is read, decided on, and made a record of
  acting,    ///< since the journal was written to: it is synced, and what is durable then is told, rendered and sent
  phases
};

std::atomic<std::uint64_t>* shared() noexcept {
  static std::atomic<std::uint64_t>* const counter = [] {
    const char* const name = std::getenv("SAGAD_COUNTS");
    const int file = name == nullptr ? -1 : ::open(name, O_RDWR | O_CLOEXEC);
    if (file < 0) std::abort();
    void* const at = ::mmap(nullptr, phases * sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (at == MAP_FAILED) std::abort();
    ::close(file);
    return static_cast<std::atomic<std::uint64_t>*>(at);
  }();
  return counter;
}

thread_local phase now = phases;  // no reactor's thread

void count() noexcept {
  if (now != phases) shared()[now].fetch_add(1, std::memory_order_relaxed);
}

void enter(phase begun) noexcept {
  if (now != phases) now = begun;
}

template <typename Function>
Function* next(const char* name) noexcept {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int epoll_wait(int epoll, epoll_event* events, int most, int timeout) {
  static auto* const given = next<int(int, epoll_event*, int, int)>("epoll_wait");
  now = waking;
  return given(epoll, events, most, timeout);
}

// Looking whether there is something receives nothing.
ssize_t recv(int socket, void* room, std::size_t size, int flags) {
  static auto* const given = next<ssize_t(int, void*, std::size_t, int)>("recv");
  const auto got = given(socket, room, size, flags);
  if (got > 0 && (flags & MSG_PEEK) == 0) enter(deciding);
  return got;
}

ssize_t recvmsg(int socket, msghdr* room, int flags) {
  static auto* const given = next<ssize_t(int, msghdr*, int)>("recvmsg");
  const auto got = given(socket, room, flags);
  if (got > 0 && (flags & MSG_PEEK) == 0) enter(deciding);
  return got;
}

ssize_t pwrite(int file, const void* bytes, std::size_t size, off_t at) {
  static auto* const given = next<ssize_t(int, const void*, std::size_t, off_t)>("pwrite");
  enter(acting);
  return given(file, bytes, size, at);
}
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

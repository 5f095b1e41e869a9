// Preloaded into a process by each_call_test.py. It counts the calls that change a file or a folder below
// FAULTY_FOLDER, over all threads, and notes each as a line in FAULTY_NOTES. The FAULTY_AT-th goes wrong as FAULTY_HOW
// says:
//
//   kill           before it has done anything the process is gone
//   EIO, ENOSPC    it fails with that, and has done nothing
//   torn           half of its bytes are written, then the process is gone
//   short          half of its bytes are written, and it says so
//   unread         a read fails with EIO
//   EINTR          a read is interrupted before it has read anything
//   part           a read gives half of what was asked for
//
// For torn and short only calls that write bytes are counted, for the last three those that read and no others. 0
// counts and lets all pass.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

enum class does { change, write, read };
enum class fate { passes, fails, is_short, is_torn };

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

struct orders {
  std::string folder = environment("FAULTY_FOLDER");
  std::string how = environment("FAULTY_HOW");
  long at = std::atol(environment("FAULTY_AT").c_str());
  int error = how == "ENOSPC" ? ENOSPC : how == "EINTR" ? EINTR : EIO;
  bool of_reads = how == "unread" || how == "EINTR" || how == "part";
  int notes = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, environment("FAULTY_NOTES").c_str(),
                                         O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));

  bool counts(does what) const {
    if (of_reads || what == does::read) return of_reads && what == does::read;
    return what == does::write || (how != "torn" && how != "short");
  }
};

const orders& given() {
  static const orders read;
  return read;
}

// What the program would have called.
template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

bool is_below(std::string_view path) {
  const auto& folder = given().folder;
  return !folder.empty() && path.substr(0, folder.size()) == folder &&
         (path.size() == folder.size() || path[folder.size()] == '/');
}

fate fate_of(std::string_view name, std::string_view path, does what) {
  static std::atomic<long> counted = 0;
  const auto& told = given();
  if (!is_below(path) || !told.counts(what)) return fate::passes;
  const long number = ++counted;
  const auto line = std::to_string(number) + ' ' + std::string(name) + ' ' + std::string(path) + '\n';
  static_cast<void>(::syscall(SYS_write, told.notes, line.data(), line.size()));
  if (number != told.at) return fate::passes;
  if (told.how == "kill") die();
  if (told.how == "torn") return fate::is_torn;
  return told.how == "short" || told.how == "part" ? fate::is_short : fate::fails;
}

std::string path_of(int descriptor) {
  std::array<char, 32> link{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", descriptor);
  std::array<char, 4096> path{};
  const auto size = ::readlink(link.data(), path.data(), path.size());
  return {path.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

// `call` does what was asked for; it sets errno where it fails.
template <class Call>
auto unless_it_fails(std::string_view name, std::string_view path, Call call) -> decltype(call()) {
  if (fate_of(name, path, does::change) == fate::passes) return call();
  errno = given().error;
  return -1;
}

// `read(bytes)` reads so many.
template <class Read>
ssize_t read_bytes(std::string_view name, int descriptor, std::size_t size, Read read) {
  switch (fate_of(name, path_of(descriptor), does::read)) {
    case fate::passes: return read(size);
    case fate::is_short: return read((size + 1) / 2);
    default: errno = given().error; return -1;
  }
}

// `write(bytes)` writes the first of them.
template <class Write>
ssize_t write_bytes(std::string_view name, int descriptor, std::size_t size, Write write) {
  const auto half = (size + 1) / 2;
  switch (fate_of(name, path_of(descriptor), does::write)) {
    case fate::passes: return write(size);
    case fate::is_short: return write(half);
    case fate::is_torn: static_cast<void>(write(half)); die();
    case fate::fails: break;
  }
  errno = given().error;
  return -1;
}

std::size_t bytes_in(const iovec* parts, int count) {
  std::size_t size = 0;
  for (int part = 0; part < count; ++part) size += parts[part].iov_len;
  return size;
}

// `write(parts, count)`; where less than all is wanted, the first part's half is.
template <class Write>
ssize_t write_parts(std::string_view name, int descriptor, const iovec* parts, int count, Write write) {
  const auto all = bytes_in(parts, count);
  return write_bytes(name, descriptor, all, [&](std::size_t size) {
    if (size == all) return write(parts, count);
    const iovec half{parts[0].iov_base, (parts[0].iov_len + 1) / 2};
    return write(&half, 1);
  });
}

// A mode stands behind the flags of an open. O_TMPFILE has the bit of O_DIRECTORY in it.
bool has_mode(int flags) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

// Reads it.
#define SAGAD_OPENED_MODE(flags) \
  mode_t mode = 0;               \
  if (has_mode(flags)) {         \
    va_list more;                \
    va_start(more, flags);       \
    mode = va_arg(more, mode_t); \
    va_end(more);                \
  }

template <class Call>
int open_it(std::string_view name, std::string_view path, int flags, Call call) {
  return (flags & O_CREAT) != 0 ? unless_it_fails(name, path, call) : call();
}

}  // namespace

// A program calls what it was compiled with: either name of those that have two.
extern "C" {

int open(const char* path, int flags, ...) {
  static const auto real = next<decltype(&::open)>("open");
  SAGAD_OPENED_MODE(flags)
  return open_it("open", path, flags, [&] { return real(path, flags, mode); });
}

int open64(const char* path, int flags, ...) {
  static const auto real = next<decltype(&::open64)>("open64");
  SAGAD_OPENED_MODE(flags)
  return open_it("open", path, flags, [&] { return real(path, flags, mode); });
}

int openat(int folder, const char* path, int flags, ...) {
  static const auto real = next<decltype(&::openat)>("openat");
  SAGAD_OPENED_MODE(flags)
  return open_it("open", path, flags, [&] { return real(folder, path, flags, mode); });
}

int openat64(int folder, const char* path, int flags, ...) {
  static const auto real = next<decltype(&::openat64)>("openat64");
  SAGAD_OPENED_MODE(flags)
  return open_it("open", path, flags, [&] { return real(folder, path, flags, mode); });
}

int mkdir(const char* path, mode_t mode) noexcept {
  static const auto real = next<decltype(&::mkdir)>("mkdir");
  return unless_it_fails("mkdir", path, [&] { return real(path, mode); });
}

int rename(const char* from, const char* to) noexcept {
  static const auto real = next<decltype(&::rename)>("rename");
  return unless_it_fails("rename", to, [&] { return real(from, to); });
}

int unlink(const char* path) noexcept {
  static const auto real = next<decltype(&::unlink)>("unlink");
  return unless_it_fails("unlink", path, [&] { return real(path); });
}

int fsync(int descriptor) {
  static const auto real = next<decltype(&::fsync)>("fsync");
  return unless_it_fails("fsync", path_of(descriptor), [&] { return real(descriptor); });
}

int fdatasync(int descriptor) {
  static const auto real = next<decltype(&::fdatasync)>("fdatasync");
  return unless_it_fails("fdatasync", path_of(descriptor), [&] { return real(descriptor); });
}

int sync_file_range(int descriptor, off64_t at, off64_t bytes, unsigned int how) {
  static const auto real = next<decltype(&::sync_file_range)>("sync_file_range");
  return unless_it_fails("sync_file_range", path_of(descriptor), [&] { return real(descriptor, at, bytes, how); });
}

int ftruncate(int descriptor, off_t bytes) noexcept {
  static const auto real = next<decltype(&::ftruncate)>("ftruncate");
  return unless_it_fails("ftruncate", path_of(descriptor), [&] { return real(descriptor, bytes); });
}

int ftruncate64(int descriptor, off64_t bytes) noexcept {
  static const auto real = next<decltype(&::ftruncate64)>("ftruncate64");
  return unless_it_fails("ftruncate", path_of(descriptor), [&] { return real(descriptor, bytes); });
}

int fallocate(int descriptor, int mode, off_t at, off_t bytes) {
  static const auto real = next<decltype(&::fallocate)>("fallocate");
  return unless_it_fails("fallocate", path_of(descriptor), [&] { return real(descriptor, mode, at, bytes); });
}

int fallocate64(int descriptor, int mode, off64_t at, off64_t bytes) {
  static const auto real = next<decltype(&::fallocate64)>("fallocate64");
  return unless_it_fails("fallocate", path_of(descriptor), [&] { return real(descriptor, mode, at, bytes); });
}

// These two give the error itself.
int posix_fallocate(int descriptor, off_t at, off_t bytes) {
  static const auto real = next<decltype(&::posix_fallocate)>("posix_fallocate");
  const auto passes = fate_of("fallocate", path_of(descriptor), does::change) == fate::passes;
  return passes ? real(descriptor, at, bytes) : given().error;
}

int posix_fallocate64(int descriptor, off64_t at, off64_t bytes) {
  static const auto real = next<decltype(&::posix_fallocate64)>("posix_fallocate64");
  const auto passes = fate_of("fallocate", path_of(descriptor), does::change) == fate::passes;
  return passes ? real(descriptor, at, bytes) : given().error;
}

ssize_t read(int descriptor, void* into, std::size_t size) {
  static const auto real = next<decltype(&::read)>("read");
  return read_bytes("read", descriptor, size, [&](std::size_t some) { return real(descriptor, into, some); });
}

ssize_t pread(int descriptor, void* into, std::size_t size, off_t at) {
  static const auto real = next<decltype(&::pread)>("pread");
  return read_bytes("pread", descriptor, size, [&](std::size_t some) { return real(descriptor, into, some, at); });
}

ssize_t pread64(int descriptor, void* into, std::size_t size, off64_t at) {
  static const auto real = next<decltype(&::pread64)>("pread64");
  return read_bytes("pread", descriptor, size, [&](std::size_t some) { return real(descriptor, into, some, at); });
}

ssize_t write(int descriptor, const void* bytes, std::size_t size) {
  static const auto real = next<decltype(&::write)>("write");
  return write_bytes("write", descriptor, size, [&](std::size_t some) { return real(descriptor, bytes, some); });
}

ssize_t pwrite(int descriptor, const void* bytes, std::size_t size, off_t at) {
  static const auto real = next<decltype(&::pwrite)>("pwrite");
  return write_bytes("pwrite", descriptor, size, [&](std::size_t some) { return real(descriptor, bytes, some, at); });
}

ssize_t pwrite64(int descriptor, const void* bytes, std::size_t size, off64_t at) {
  static const auto real = next<decltype(&::pwrite64)>("pwrite64");
  return write_bytes("pwrite", descriptor, size, [&](std::size_t some) { return real(descriptor, bytes, some, at); });
}

ssize_t writev(int descriptor, const iovec* parts, int count) {
  static const auto real = next<decltype(&::writev)>("writev");
  return write_parts("writev", descriptor, parts, count,
                     [&](const iovec* some, int number) { return real(descriptor, some, number); });
}

ssize_t pwritev(int descriptor, const iovec* parts, int count, off_t at) {
  static const auto real = next<decltype(&::pwritev)>("pwritev");
  return write_parts("pwritev", descriptor, parts, count,
                     [&](const iovec* some, int number) { return real(descriptor, some, number, at); });
}

ssize_t pwritev64(int descriptor, const iovec* parts, int count, off64_t at) {
  static const auto real = next<decltype(&::pwritev64)>("pwritev64");
  return write_parts("pwritev", descriptor, parts, count,
                     [&](const iovec* some, int number) { return real(descriptor, some, number, at); });
}

}  // extern "C"

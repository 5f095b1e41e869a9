#include "journal/log/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "journal/journal.hpp"

namespace sagad::journal::log {
namespace {

class real_file final : public file {
 public:
  explicit real_file(int descriptor) : descriptor_(descriptor) {}
  ~real_file() override { ::close(descriptor_); }
  real_file(const real_file&) = delete;
  real_file& operator=(const real_file&) = delete;

  int read(std::uint64_t at, char* into, std::size_t size, std::size_t& got) override {
    got = 0;
    while (got < size) {
      const auto count = ::pread(descriptor_, into + got, size - got, static_cast<off_t>(at + got));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return errno;
      if (count == 0) return 0;
      got += static_cast<std::size_t>(count);
    }
    return 0;
  }

  int write(std::uint64_t at, std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto count = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(at));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return errno;
      bytes.remove_prefix(static_cast<std::size_t>(count));
      at += static_cast<std::uint64_t>(count);
    }
    return 0;
  }

  int sync() override { return ::fdatasync(descriptor_) == 0 ? 0 : errno; }

  int push(std::uint64_t at, std::uint64_t bytes) override {
    constexpr auto all = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    const int done = ::sync_file_range(descriptor_, static_cast<off_t>(at), static_cast<off_t>(bytes), all);
    // Not every file system can.
    return done == 0 ? 0 : sync();
  }

  int allocate(std::uint64_t bytes) override { return ::posix_fallocate(descriptor_, 0, static_cast<off_t>(bytes)); }

  int resize(std::uint64_t bytes) override {
    return ::ftruncate(descriptor_, static_cast<off_t>(bytes)) == 0 ? 0 : errno;
  }

  int size(std::uint64_t& bytes) override {
    struct stat found {};
    if (::fstat(descriptor_, &found) != 0) return errno;
    bytes = static_cast<std::uint64_t>(found.st_size);
    return 0;
  }

 private:
  int descriptor_;
};

class operating_system final : public files {
 public:
  int open(const std::string& path, bool create, std::unique_ptr<file>& opened) override {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0640);
    if (descriptor < 0) return errno;
    opened = std::make_unique<real_file>(descriptor);
    return 0;
  }

  int remove(const std::string& path) override { return ::unlink(path.c_str()) == 0 ? 0 : errno; }

  int rename(const std::string& from, const std::string& to) override {
    return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
  }

  int list(const std::string& directory, std::vector<std::string>& names) override {
    DIR* stream = ::opendir(directory.c_str());
    if (stream == nullptr) return errno;
    for (;;) {
      errno = 0;
      const auto* entry = ::readdir(stream);
      if (entry == nullptr) break;
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    const int error = errno;
    ::closedir(stream);
    return error;
  }

  int sync_directory(const std::string& directory) override {
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return errno;
    const int error = ::fsync(descriptor) == 0 ? 0 : errno;
    ::close(descriptor);
    return error;
  }
};

}  // namespace

std::shared_ptr<files> real_files() {
  return std::make_shared<operating_system>();
}

std::string error_text(int error) {
  const auto text = std::generic_category().message(error);
  if (error == ENOSPC || error == EDQUOT) return text + " (make room on its disk)";
  if (error == EISDIR) return text + " (a folder has the name of a file: move it away)";
  return text;
}

void must_work(int error, const std::string& path) {
  if (error != 0) throw damaged(path + ": " + error_text(error));
}

}  // namespace sagad::journal::log

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sagad::journal::log {

/// One open file. Every function answers 0 or the errno. Reads may run beside a write of other bytes.
class file {
 public:
  virtual ~file() = default;

  /// Reads until `size` bytes or the file's end; `got` is how many.
  virtual int read(std::uint64_t at, char* into, std::size_t size, std::size_t& got) = 0;
  /// All of `bytes` or an error.
  virtual int write(std::uint64_t at, std::string_view bytes) = 0;
  /// Makes the content and the size durable.
  virtual int sync() = 0;
  /// Gets what was written there on its way to the disk and waits for it, so that a later sync has little to do;
  /// promises nothing.
  virtual int push(std::uint64_t at, std::uint64_t bytes) = 0;
  /// Takes the room for the first `bytes` bytes, so that writing there cannot fail for want of it; extends the file
  /// with zeros.
  virtual int allocate(std::uint64_t bytes) = 0;
  virtual int resize(std::uint64_t bytes) = 0;
  virtual int size(std::uint64_t& bytes) = 0;
};

/// The directory that the log lives in: the seam between it and the operating system, where tests let a disk fail.
/// Thread-safe. Every function answers 0 or the errno.
class files {
 public:
  virtual ~files() = default;

  virtual int open(const std::string& path, bool create, std::unique_ptr<file>& opened) = 0;
  virtual int remove(const std::string& path) = 0;
  virtual int rename(const std::string& from, const std::string& to) = 0;
  /// The names in it, without `.` and `..`, in no order.
  virtual int list(const std::string& directory, std::vector<std::string>& names) = 0;
  /// Makes creations, renames and removals in it durable.
  virtual int sync_directory(const std::string& directory) = 0;
};

/// The operating system's own.
std::shared_ptr<files> real_files();

/// errno as text.
std::string error_text(int error);

/// Throws `damaged`, naming the path, when there is an error.
void must_work(int error, const std::string& path);

}  // namespace sagad::journal::log

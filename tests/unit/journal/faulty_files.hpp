#pragma once

#include <atomic>
#include <climits>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "journal/log/files.hpp"

namespace sagad::journal::tests {

/// The operating system's files on a disk that can be full, and whose writes and syncs can be made to fail. The
/// switches are thread-safe.
class faulty_files final : public log::files {
 public:
  /// The log's files may take so many bytes together.
  void set_quota(std::uint64_t bytes) { quota_ = bytes; }
  /// The sync or write that follows `after` more of its kind fails with `error`; -1: none does.
  void fail_sync(long after, int error);
  void fail_write(long after, int error);
  /// Opening a further file than so many at once fails with EMFILE.
  void set_open_files_max(std::size_t count) { open_files_max_ = count; }
  std::size_t open_files() const { return open_files_; }
  /// Opening a file that is there fails with `error`; 0: it does not.
  void fail_open(int error) { open_error_ = error; }
  /// The process ends, without a word, in the write that follows `after` more of its kind, of which only the first
  /// `part` bytes were done.
  void exit_in_write(long after, std::size_t part);
  /// How a change by the calling thread, or by others, ends that follows `after` more of those; a change is a write or
  /// sync of any kind, a new size, name or file, a removal.
  enum class change_ends {
    failed,         ///< with EIO, and nothing was done
    killed_before,  ///< the process ends, without a word, before it
    killed_after,   ///< or once it is done
  };
  enum class changes_by { caller, others };
  void end_change(changes_by whom, long after, change_ends how);
  /// Whether so many have come.
  bool change_came() const { return changes_left_ < 0; }
  /// Called before a file is opened, on the thread that does. To be set while nobody opens any.
  void before_open(std::function<void(const std::string& path)> called) { before_open_ = std::move(called); }
  /// Nothing can be removed.
  void fail_removals(bool fail) { removals_fail_ = fail; }
  std::uint64_t used() const;
  /// How often a file was read.
  std::uint64_t reads() const { return reads_; }
  /// How often there was no room.
  std::uint64_t refusals() const { return refusals_; }

  int open(const std::string& path, bool create, std::unique_ptr<log::file>& opened) override;
  int remove(const std::string& path) override;
  int rename(const std::string& from, const std::string& to) override;
  int list(const std::string& directory, std::vector<std::string>& names) override;
  int sync_directory(const std::string& directory) override;

 private:
  class faulty_file;
  struct size_of_file;

  template <typename Change>
  int change(const Change& change);
  int before_write(log::file& real, std::uint64_t at, std::string_view bytes);
  int before_sync();
  int grow(size_of_file& file, std::uint64_t bytes);

  std::shared_ptr<log::files> real_ = log::real_files();
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<size_of_file>> sizes_;
  std::atomic<std::uint64_t> quota_ = UINT64_MAX;
  std::atomic<std::uint64_t> reads_ = 0;
  std::atomic<std::uint64_t> refusals_ = 0;
  std::atomic<long> writes_left_ = -1;
  std::atomic<long> syncs_left_ = -1;
  std::atomic<long> exit_left_ = -1;
  std::atomic<long> changes_left_ = LONG_MAX;
  changes_by changes_by_ = changes_by::caller;  ///< set while no other thread is there
  std::thread::id changing_;
  std::atomic<change_ends> change_ends_ = change_ends::failed;
  std::atomic<std::size_t> exit_part_ = 0;
  std::atomic<std::size_t> open_files_ = 0;
  std::atomic<std::size_t> open_files_max_ = SIZE_MAX;
  std::function<void(const std::string& path)> before_open_;
  std::atomic<bool> removals_fail_ = false;
  std::atomic<int> open_error_ = 0;
  std::atomic<int> write_error_ = 0;
  std::atomic<int> sync_error_ = 0;
};

}  // namespace sagad::journal::tests

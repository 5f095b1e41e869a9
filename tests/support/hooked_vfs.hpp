#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

namespace sagad::tests {

/// SQLite's own file system with two handles for tests: who waits for a lock is seen, and syncs can be made to fail. It
/// serves every database that is opened while it lives; they are closed before it goes. Any thread.
class hooked_vfs {
 public:
  hooked_vfs();
  hooked_vfs(const hooked_vfs&) = delete;
  hooked_vfs& operator=(const hooked_vfs&) = delete;
  ~hooked_vfs();

  /// Blocks until so many different threads have found a lock taken. False: they did not, for a patient while.
  bool threads_wait(std::size_t count);

  /// From here on (or no longer) every sync of a file fails, as on a broken disk, or for what `error` says.
  void fail_syncs(bool on, int error = EIO) noexcept {
    sync_error_ = error;
    syncs_fail_ = on;
  }

 private:
  struct vfs : sqlite3_vfs {
    hooked_vfs* owner = nullptr;
  };
  struct methods : sqlite3_io_methods {
    hooked_vfs* owner = nullptr;
    const sqlite3_io_methods* real = nullptr;
  };

  static int open(sqlite3_vfs* self, const char* name, sqlite3_file* file, int flags, int* flags_out);
  static int wait(sqlite3_vfs* self, int microseconds);
  static int sync(sqlite3_file* file, int flags);

  sqlite3_vfs* real_;
  vfs hooked_;
  std::atomic<bool> syncs_fail_ = false;
  std::atomic<int> sync_error_ = 0;
  std::mutex mutex_;
  std::condition_variable waited_;
  std::set<std::thread::id> waiters_;
  std::map<const sqlite3_io_methods*, std::unique_ptr<methods>> methods_;
};

}  // namespace sagad::tests

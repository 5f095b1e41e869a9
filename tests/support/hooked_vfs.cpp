#include "tests/support/hooked_vfs.hpp"

#include <chrono>
#include <stdexcept>

namespace sagad::tests {
namespace {

constexpr std::chrono::seconds patience{30};

}  // namespace

hooked_vfs::hooked_vfs() : real_(sqlite3_vfs_find(nullptr)) {
  static_cast<sqlite3_vfs&>(hooked_) = *real_;
  hooked_.owner = this;
  hooked_.zName = "hooked";
  hooked_.xOpen = &open;
  hooked_.xSleep = &wait;
  if (sqlite3_vfs_register(&hooked_, 1) != SQLITE_OK) throw std::runtime_error("SQLite takes no file system");
}

hooked_vfs::~hooked_vfs() {
  sqlite3_vfs_unregister(&hooked_);
  sqlite3_vfs_register(real_, 1);
}

bool hooked_vfs::threads_wait(std::size_t count) {
  std::unique_lock lock(mutex_);
  return waited_.wait_for(lock, patience, [&] { return waiters_.size() >= count; });
}

int hooked_vfs::open(sqlite3_vfs* self, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  hooked_vfs& owner = *static_cast<vfs*>(self)->owner;
  const int code = owner.real_->xOpen(owner.real_, name, file, flags, flags_out);
  if (file->pMethods == nullptr) return code;
  const std::lock_guard lock(owner.mutex_);
  auto& copy = owner.methods_[file->pMethods];
  if (!copy) {
    copy = std::make_unique<methods>();
    static_cast<sqlite3_io_methods&>(*copy) = *file->pMethods;
    copy->xSync = &sync;
    copy->owner = &owner;
    copy->real = file->pMethods;
  }
  file->pMethods = copy.get();
  return code;
}

/// The one place where SQLite spends its time when it waits for somebody else's lock.
int hooked_vfs::wait(sqlite3_vfs* self, int microseconds) {
  hooked_vfs& owner = *static_cast<vfs*>(self)->owner;
  {
    const std::lock_guard lock(owner.mutex_);
    owner.waiters_.insert(std::this_thread::get_id());
  }
  owner.waited_.notify_all();
  return owner.real_->xSleep(owner.real_, microseconds);
}

int hooked_vfs::sync(sqlite3_file* file, int flags) {
  const auto* of = static_cast<const methods*>(file->pMethods);
  if (!of->owner->syncs_fail_) return of->real->xSync(file, flags);
  errno = of->owner->sync_error_;
  return SQLITE_IOERR_FSYNC;
}

}  // namespace sagad::tests

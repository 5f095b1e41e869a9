#include "faulty_files.hpp"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace sagad::journal::tests {

struct faulty_files::size_of_file {
  std::uint64_t bytes = 0;
};

template <typename Change>
int faulty_files::change(const Change& change) {
  const bool by_caller = std::this_thread::get_id() == changing_;
  if (by_caller != (changes_by_ == changes_by::caller) || changes_left_.fetch_sub(1) != 0) return change();
  if (change_ends_ == change_ends::failed) return EIO;
  if (change_ends_ == change_ends::killed_after) change();
  ::_exit(0);
}

class faulty_files::faulty_file final : public log::file {
 public:
  faulty_file(faulty_files& disk, std::unique_ptr<log::file> real, std::shared_ptr<size_of_file> size)
      : disk_(disk), real_(std::move(real)), size_(std::move(size)) {
    ++disk_.open_files_;
  }
  ~faulty_file() override { --disk_.open_files_; }
  faulty_file(const faulty_file&) = delete;
  faulty_file& operator=(const faulty_file&) = delete;

  int read(std::uint64_t at, char* into, std::size_t size, std::size_t& got) override {
    ++disk_.reads_;
    return real_->read(at, into, size, got);
  }
  int write(std::uint64_t at, std::string_view bytes) override {
    if (const int error = disk_.before_write(*real_, at, bytes); error != 0) return error;
    if (const int error = disk_.grow(*size_, at + bytes.size()); error != 0) return error;
    return disk_.change([&] { return real_->write(at, bytes); });
  }
  int sync() override {
    if (const int error = disk_.before_sync(); error != 0) return error;
    return disk_.change([&] { return real_->sync(); });
  }
  int push(std::uint64_t at, std::uint64_t bytes) override {
    return disk_.change([&] { return real_->push(at, bytes); });
  }
  int allocate(std::uint64_t bytes) override {
    if (const int error = disk_.grow(*size_, bytes); error != 0) return error;
    return disk_.change([&] { return real_->allocate(bytes); });
  }
  int resize(std::uint64_t bytes) override {
    {
      const std::lock_guard lock(disk_.mutex_);
      size_->bytes = bytes;
    }
    return disk_.change([&] { return real_->resize(bytes); });
  }
  int size(std::uint64_t& bytes) override { return real_->size(bytes); }

 private:
  faulty_files& disk_;
  std::unique_ptr<log::file> real_;
  std::shared_ptr<size_of_file> size_;
};

void faulty_files::fail_sync(long after, int error) {
  sync_error_ = error;
  syncs_left_ = after;
}

void faulty_files::fail_write(long after, int error) {
  write_error_ = error;
  writes_left_ = after;
}

void faulty_files::exit_in_write(long after, std::size_t part) {
  exit_part_ = part;
  exit_left_ = after;
}

void faulty_files::end_change(changes_by whom, long after, change_ends how) {
  changes_by_ = whom;
  changing_ = std::this_thread::get_id();
  change_ends_ = how;
  changes_left_ = after;
}

int faulty_files::before_write(log::file& real, std::uint64_t at, std::string_view bytes) {
  if (exit_left_ >= 0 && exit_left_-- == 0) {
    real.write(at, bytes.substr(0, exit_part_));
    ::_exit(0);
  }
  return writes_left_ >= 0 && writes_left_-- == 0 ? write_error_.load() : 0;
}

int faulty_files::before_sync() {
  return syncs_left_ >= 0 && syncs_left_-- == 0 ? sync_error_.load() : 0;
}

std::uint64_t faulty_files::used() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& [path, size] : sizes_) sum += size->bytes;
  return sum;
}

int faulty_files::grow(size_of_file& file, std::uint64_t bytes) {
  const auto others = used() - file.bytes;
  const std::lock_guard lock(mutex_);
  if (bytes <= file.bytes) return 0;
  if (others + bytes > quota_) {
    ++refusals_;
    return ENOSPC;
  }
  file.bytes = bytes;
  return 0;
}

int faulty_files::open(const std::string& path, bool create, std::unique_ptr<log::file>& opened) {
  if (before_open_) before_open_(path);
  if (open_files_ >= open_files_max_) return EMFILE;
  if (const int error = create ? 0 : open_error_.load(); error != 0) return error;
  std::unique_ptr<log::file> real;
  const auto open_it = [&] { return real_->open(path, create, real); };
  if (const int error = create ? change(open_it) : open_it(); error != 0) return error;
  std::shared_ptr<size_of_file> size;
  {
    const std::lock_guard lock(mutex_);
    auto& known = sizes_[path];
    if (!known) known = std::make_shared<size_of_file>();
    if (const int error = real->size(known->bytes); error != 0) return error;
    size = known;
  }
  opened = std::make_unique<faulty_file>(*this, std::move(real), std::move(size));
  return 0;
}

int faulty_files::remove(const std::string& path) {
  if (removals_fail_) return EACCES;
  const std::lock_guard lock(mutex_);
  sizes_.erase(path);
  return change([&] { return real_->remove(path); });
}

int faulty_files::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  if (const auto found = sizes_.find(from); found != sizes_.end()) {
    sizes_[to] = found->second;
    sizes_.erase(found);
  }
  return change([&] { return real_->rename(from, to); });
}

int faulty_files::list(const std::string& directory, std::vector<std::string>& names) {
  return real_->list(directory, names);
}

int faulty_files::sync_directory(const std::string& directory) {
  return change([&] { return real_->sync_directory(directory); });
}

}  // namespace sagad::journal::tests

#include "power_files.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "log_files.hpp"

namespace sagad::journal::tests {
namespace {

constexpr std::size_t sector_bytes = 512;

bool forgets(const std::string& path) {
  const auto name = std::filesystem::path(path).filename().string();
  return name.starts_with("segment-") || name.starts_with("keys-") || name == "definitions.log" ||
         name.starts_with("torn-");
}

std::string parent_of(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

}  // namespace

/// A file whatever its name is.
struct power_files::node {
  std::string path;
  std::uint64_t written_bytes = 0;
  std::unique_ptr<log::file> own;
  std::string on_disk;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> dirty;

  std::string content() const {
    std::uint64_t size = 0;
    std::size_t got = 0;
    if (own->size(size) != 0) return {};
    std::string bytes(size, '\0');
    if (own->read(0, bytes.data(), bytes.size(), got) != 0) return {};
    return bytes;
  }
  void reach_disk() {
    const auto now = content();
    on_disk.resize(now.size(), '\0');
    for (const auto& [at, size] : dirty) {
      if (at < now.size()) on_disk.replace(at, std::min<std::uint64_t>(size, now.size() - at), now, at, size);
    }
    dirty.clear();
  }
  /// What is on the disk when some sectors have got there without a sync.
  std::string lucky(std::mt19937_64& luck) const {
    auto bytes = on_disk;
    const auto now = content();
    if (bytes.size() < now.size() && luck() % 2 == 0) bytes.resize(now.size(), '\0');
    for (const auto& [at, size] : dirty) {
      for (auto sector = at / sector_bytes * sector_bytes; sector < at + size; sector += sector_bytes) {
        const auto begin = std::max<std::uint64_t>(sector, at);
        const auto end =
            std::min({sector + sector_bytes, at + size, std::uint64_t{bytes.size()}, std::uint64_t{now.size()}});
        if (begin < end && luck() % 2 == 0) bytes.replace(begin, end - begin, now, begin, end - begin);
      }
    }
    return bytes;
  }
};

class power_files::power_file final : public log::file {
 public:
  power_file(power_files& disk, std::shared_ptr<node> what) : disk_(disk), what_(std::move(what)) {}

  int read(std::uint64_t at, char* into, std::size_t size, std::size_t& got) override {
    return what_->own->read(at, into, size, got);
  }
  int write(std::uint64_t at, std::string_view bytes) override {
    auto lock = disk_.turn();
    disk_.writes_let_on_.wait(lock, [this] { return !disk_.writes_held_; });
    const int error = what_->own->write(at, bytes);
    what_->dirty.emplace_back(at, bytes.size());
    what_->written_bytes += bytes.size();
    if (disk_.ends_now(what_->path, false)) disk_.cut();
    return error;
  }
  int sync() override {
    const auto lock = disk_.turn();
    if (disk_.ends_now(what_->path, true)) {
      if (disk_.how_ == ending::power_cut) disk_.cut();
      what_->dirty.clear();
      disk_.ended_ = true;
      save(disk_.durable_locked(nullptr), disk_.left_in_);
      return EIO;
    }
    what_->reach_disk();
    return 0;
  }
  int push(std::uint64_t /*at*/, std::uint64_t /*bytes*/) override { return 0; }
  int allocate(std::uint64_t bytes) override {
    const std::lock_guard lock(disk_.mutex_);
    return what_->own->allocate(bytes);
  }
  int resize(std::uint64_t bytes) override {
    const std::lock_guard lock(disk_.mutex_);
    return what_->own->resize(bytes);
  }
  int size(std::uint64_t& bytes) override { return what_->own->size(bytes); }

 private:
  power_files& disk_;
  std::shared_ptr<node> what_;
};

power_files::power_files(std::string root) : root_(std::move(root)) {
  directories_.insert(root_);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root_)) {
    const auto path = entry.path().string();
    if (entry.is_directory()) directories_.insert(path);
    if (!entry.is_regular_file() || !forgets(path)) continue;
    const auto found = node_of(path);
    found->on_disk = found->content();
    on_disk_[path] = found;
  }
}

std::shared_ptr<power_files::node> power_files::node_of(const std::string& path) {
  auto& known = names_[path];
  if (!known) {
    known = std::make_shared<node>();
    known->path = path;
    if (const int error = real_->open(path, false, known->own); error != 0) {
      ADD_FAILURE() << path << ": " << log::error_text(error);
    }
  }
  return known;
}

bool power_files::reachable(const std::string& path) const {
  for (auto directory = parent_of(path); directory.size() > root_.size(); directory = parent_of(directory)) {
    if (!directories_.contains(directory)) return false;
  }
  return true;
}

power_files::image power_files::durable(std::mt19937_64* luck) const {
  const std::lock_guard lock(mutex_);
  return durable_locked(luck);
}

power_files::image power_files::durable_locked(std::mt19937_64* luck) const {
  auto names = on_disk_;
  if (luck != nullptr) {
    for (const auto& [path, file] : names_) {
      if ((*luck)() % 2 == 0) names[path] = file;
    }
  }
  image result;
  for (const auto& [path, file] : names) {
    if (luck != nullptr || reachable(path)) result[path] = luck == nullptr ? file->on_disk : file->lucky(*luck);
  }
  return result;
}

power_files::traffic power_files::traffic_of(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto& file = *names_.at(path);
  traffic result{file.written_bytes, 0};
  for (const auto& [at, size] : file.dirty) result.unsynced_bytes += size;
  return result;
}

void power_files::resume(const image& durable, bool written_back) {
  const std::lock_guard lock(mutex_);
  on_disk_.clear();
  for (auto& [path, file] : names_) {
    const auto found = durable.find(path);
    file->on_disk.clear();
    if (found != durable.end()) {
      file->on_disk = found->second;
      on_disk_[path] = file;
    }
    const auto now = file->content();
    if (!written_back && now != file->on_disk) file->dirty.emplace_back(0, now.size());
  }
}

void power_files::hold_writes(bool held) {
  const std::lock_guard lock(mutex_);
  writes_held_ = held;
  writes_let_on_.notify_all();
}

void power_files::end_after(long after, ending how, const std::string& left, std::mt19937_64* luck) {
  const std::lock_guard lock(mutex_);
  left_ = after;
  how_ = how;
  left_in_ = left;
  luck_ = luck;
}

std::unique_lock<std::mutex> power_files::turn() const {
  std::unique_lock lock(mutex_);
  if (!ended_) return lock;
  lock.unlock();
  for (;;) ::pause();
}

void power_files::leave_it_to_who_saw_the_failure() const {
  ::alarm(patience_s);
  turn();
  ::alarm(0);
}

bool power_files::ends_now(const std::string& path, bool sync) {
  if (!watched_.empty() && path != watched_) return false;
  if (left_ < 0 || (how_ == ending::failed_sync && !sync)) return false;
  return left_-- == 0;
}

void power_files::cut() {
  save(durable_locked(luck_), left_in_);
  ::_exit(0);
}

void power_files::save(const image& contents, const std::string& folder) {
  std::filesystem::create_directories(folder);
  std::size_t number = 0;
  for (const auto& [path, bytes] : contents) {
    write_file(folder + "/" + std::to_string(number) + ".path", path);
    write_file(folder + "/" + std::to_string(number++) + ".bytes", bytes);
  }
}

power_files::image power_files::load(const std::string& folder) {
  image result;
  for (std::size_t number = 0;; ++number) {
    const auto base = folder + "/" + std::to_string(number);
    if (!std::filesystem::exists(base + ".path")) return result;
    result[read_file(base + ".path")] = read_file(base + ".bytes");
  }
}

void power_files::put_in_place(const image& contents, const std::string& root) {
  std::vector<std::string> gone;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const auto path = entry.path().string();
    if (entry.is_regular_file() && forgets(path) && !contents.contains(path)) gone.push_back(path);
  }
  for (const auto& path : gone) std::filesystem::remove(path);
  for (const auto& [path, bytes] : contents) {
    std::filesystem::create_directories(parent_of(path));
    write_file(path, bytes);
  }
}

int power_files::open(const std::string& path, bool create, std::unique_ptr<log::file>& opened) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<log::file> real;
  if (const int error = real_->open(path, create, real); error != 0) return error;
  opened = std::make_unique<power_file>(*this, node_of(path));
  return 0;
}

int power_files::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  names_.erase(path);
  return real_->remove(path);
}

int power_files::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  if (const int error = real_->rename(from, to); error != 0) return error;
  names_[to] = node_of(from);
  names_[to]->path = to;
  names_.erase(from);
  return 0;
}

int power_files::list(const std::string& directory, std::vector<std::string>& names) {
  return real_->list(directory, names);
}

int power_files::sync_directory(const std::string& directory) {
  const auto lock = turn();
  if (ends_now(directory, true)) {
    if (how_ == ending::power_cut) cut();
    ended_ = true;
    save(durable_locked(nullptr), left_in_);
    return EIO;
  }
  std::erase_if(on_disk_, [&](const auto& one) { return parent_of(one.first) == directory; });
  for (const auto& [path, file] : names_) {
    if (parent_of(path) == directory) on_disk_[path] = file;
  }
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.is_directory()) directories_.insert(entry.path().string());
  }
  return 0;
}

}  // namespace sagad::journal::tests

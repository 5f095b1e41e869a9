#include "tests/simulation/disk.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sagad::simulation {
namespace {

constexpr std::uint64_t sector_bytes = 512;

// Others may go on while one of these is written: nobody holds a lock about it.
bool is_segment(const std::string& path) {
  return path.find("/segment-") != std::string::npos;
}

}  // namespace

class disk::mounted_file final : public journal::log::file {
 public:
  mounted_file(disk& of, fibers& threads, std::shared_ptr<node> what, bool segment)
      : disk_(of), fibers_(threads), node_(std::move(what)), segment_(segment) {}

  int read(std::uint64_t at, char* into, std::size_t size, std::size_t& got) override {
    if (disk_.reads_fail_ && disk_.world_.strikes_rarely<&weather::read_fails>()) {
      disk_.world_.say("a read fails");
      disk_.refused_ = true;
      return EIO;
    }
    const auto& seen = node_->seen;
    got = at >= seen.size() ? 0 : std::min<std::size_t>(size, seen.size() - at);
    if (got != 0) std::memcpy(into, seen.data() + at, got);
    return 0;
  }

  int write(std::uint64_t at, std::string_view bytes) override {
    if (dead()) return 0;
    wait();
    if (at + bytes.size() > node_->seen.size() && disk_.denies_room()) return ENOSPC;
    if (const int error = disk_.damaged_write(*node_, at, bytes); error != 0) return error;
    put(*node_, at, bytes);
    die_now("after a write");
    return 0;
  }

  int sync() override {
    if (dead()) return 0;
    die_now("before a sync");
    wait();
    if (!disk_.quiet_ && disk_.world_.strikes_rarely<&weather::sync_fails>()) {
      disk_.world_.say("a sync fails");
      // Its pages count as clean from now on: nothing writes them again.
      node_->dirty.clear();
      disk_.refused_ = true;
      return EIO;
    }
    disk_.settle(*node_);
    die_now("after a sync");
    return 0;
  }

  int push(std::uint64_t, std::uint64_t) override { return 0; }

  int allocate(std::uint64_t bytes) override {
    if (dead()) return 0;
    wait();
    if (bytes <= node_->seen.size()) return 0;
    if (disk_.denies_room()) return ENOSPC;
    node_->dirty.emplace_back(node_->seen.size(), bytes - node_->seen.size());
    node_->seen.resize(bytes, '\0');
    return 0;
  }

  int resize(std::uint64_t bytes) override {
    if (dead()) return 0;
    if (bytes > node_->seen.size()) node_->dirty.emplace_back(node_->seen.size(), bytes - node_->seen.size());
    node_->seen.resize(bytes, '\0');
    return 0;
  }

  int size(std::uint64_t& bytes) override {
    bytes = node_->seen.size();
    return 0;
  }

  static void put(node& into, std::uint64_t at, std::string_view bytes) {
    if (at + bytes.size() > into.seen.size()) into.seen.resize(at + bytes.size(), '\0');
    bytes.copy(into.seen.data() + at, bytes.size());
    into.dirty.emplace_back(at, bytes.size());
  }

 private:
  bool dead() const noexcept { return fibers_.ended(); }
  void wait() {
    if (!disk_.quiet_ && segment_ && disk_.world_.chance(500)) fibers_.yield();
  }
  void die_now(const char* where) {
    if (disk_.quiet_ || !disk_.world_.strikes_rarely<&weather::dies_in_disk>()) return;
    fibers::die(std::string("killed ") + where);
  }

  disk& disk_;
  fibers& fibers_;
  std::shared_ptr<node> node_;
  bool segment_;
};

class disk::mounted_files final : public journal::log::files {
 public:
  mounted_files(disk& of, fibers& threads) : disk_(of), fibers_(threads) {}

  int open(const std::string& path, bool create, std::unique_ptr<journal::log::file>& opened) override {
    auto found = disk_.names_.find(path);
    if (found == disk_.names_.end()) {
      if (!create) return ENOENT;
      if (dead()) return EIO;
      if (disk_.denies_room()) return ENOSPC;
      found = disk_.names_.emplace(path, std::make_shared<node>()).first;
      disk_.renamings_.push_back({{}, path, found->second});
    }
    opened = std::make_unique<mounted_file>(disk_, fibers_, found->second, is_segment(path));
    return 0;
  }

  int remove(const std::string& path) override {
    if (dead()) return 0;
    if (disk_.names_.erase(path) == 0) return ENOENT;
    disk_.renamings_.push_back({path, {}, nullptr});
    return 0;
  }

  int rename(const std::string& from, const std::string& to) override {
    if (dead()) return 0;
    const auto found = disk_.names_.find(from);
    if (found == disk_.names_.end()) return ENOENT;
    disk_.renamings_.push_back({from, to, found->second});
    disk_.names_[to] = found->second;
    disk_.names_.erase(from);
    return 0;
  }

  int list(const std::string& directory, std::vector<std::string>& names) override {
    for (auto at = disk_.names_.lower_bound(directory + "/"); at != disk_.names_.end(); ++at) {
      if (!at->first.starts_with(directory + "/")) break;
      names.push_back(at->first.substr(directory.size() + 1));
    }
    return 0;
  }

  int sync_directory(const std::string&) override {
    if (dead()) return 0;
    disk_.on_disk_ = disk_.names_;
    disk_.renamings_.clear();
    return 0;
  }

 private:
  bool dead() const noexcept { return fibers_.ended(); }

  disk& disk_;
  fibers& fibers_;
};

std::shared_ptr<journal::log::files> disk::mount(fibers& threads) {
  refused_ = reads_fail_ = false;
  return std::make_shared<mounted_files>(*this, threads);
}

// What is dirty reaches the disk.
void disk::settle(node& of) const {
  of.on_disk.resize(of.seen.size(), '\0');
  for (const auto& [at, size] : of.dirty) {
    if (at >= of.seen.size()) continue;
    std::memcpy(of.on_disk.data() + at, of.seen.data() + at, std::min<std::uint64_t>(size, of.seen.size() - at));
  }
  of.dirty.clear();
}

// Some of what is dirty reaches the disk, sector by sector; the rest is lost.
void disk::tear(node& of) {
  if (of.on_disk.size() > of.seen.size() || world_.chance(500)) of.on_disk.resize(of.seen.size(), '\0');
  const auto luck = static_cast<unsigned>(world_.random.below(3) * 500);
  for (const auto& [at, size] : of.dirty) {
    for (auto sector = at / sector_bytes * sector_bytes; sector < at + size; sector += sector_bytes) {
      const auto begin = std::max(sector, at);
      const auto end = std::min({sector + sector_bytes, at + size, std::uint64_t{of.on_disk.size()}});
      if (begin >= end || !world_.chance(luck)) continue;
      std::memcpy(of.on_disk.data() + begin, of.seen.data() + begin, end - begin);
    }
  }
  of.seen = of.on_disk;
  of.dirty.clear();
}

void disk::apply(const renaming& one) {
  if (!one.from.empty()) on_disk_.erase(one.from);
  if (!one.to.empty()) on_disk_[one.to] = one.what;
}

void disk::lose_power() {
  full_until_ = 0;
  renamings_.resize(world_.random.below(renamings_.size() + 1));
  for (const auto& one : renamings_) apply(one);
  renamings_.clear();
  names_ = on_disk_;
  for (auto& [path, file] : names_) tear(*file);
}

bool disk::denies_room() {
  if (quiet_ || world_.weather.disk_full == 0) return false;
  if (!full() && !world_.strikes<&weather::disk_full>()) return false;
  refused_ = true;
  if (full()) return true;
  full_until_ = world_.now() + world_.random.between(1, 3000);
  world_.say("the disk is full for " + std::to_string(full_until_ - world_.now()) + " ms");
  return true;
}

// A part of it, after which the write fails or the process dies. 0: nothing happens to it.
int disk::damaged_write(node& into, std::uint64_t at, std::string_view bytes) {
  if (quiet_) return 0;
  const bool fails = world_.strikes_rarely<&weather::write_fails>();
  // Where two files meet most is to be lost.
  constexpr unsigned more_often = 20;
  const bool dies = !fails && world_.strikes_rarely<&weather::dies_in_disk>(at == 0 ? more_often : 1);
  if (!fails && !dies) return 0;
  mounted_file::put(into, at, bytes.substr(0, world_.random.below(bytes.size() + 1)));
  if (dies) fibers::die("killed in a write");
  world_.say("a write fails");
  refused_ = true;
  return EIO;
}

std::unique_ptr<disk> disk::copy(const std::string& from, const std::string& to) const {
  auto made = std::make_unique<disk>(world_);
  made->quiet_ = true;
  for (const auto& [path, file] : names_) {
    made->names_[to + path.substr(from.size())] = std::make_shared<node>(node{file->seen, file->seen, {}});
  }
  made->on_disk_ = made->names_;
  return made;
}

std::optional<disk::place> disk::flip_a_bit() {
  std::vector<std::pair<std::string, node*>> written;
  for (const auto& [path, file] : names_) {
    if (file->seen.find_first_not_of('\0') != std::string::npos) written.emplace_back(path, file.get());
  }
  if (written.empty()) return std::nullopt;
  auto& [path, file] = written[world_.random.below(written.size())];
  // Where something is: a segment's rest are zeros.
  const auto end = file->seen.find_last_not_of('\0') + 1;
  const auto byte = world_.random.below(end);
  file->seen[byte] = static_cast<char>(file->seen[byte] ^ (1 << world_.random.below(8)));
  file->on_disk = file->seen;
  return place{path, byte};
}

std::string_view disk::content(const std::string& path) const {
  const auto found = names_.find(path);
  return found == names_.end() ? std::string_view() : found->second->seen;
}

}  // namespace sagad::simulation

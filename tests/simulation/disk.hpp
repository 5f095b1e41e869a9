#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "journal/log/files.hpp"
#include "tests/simulation/fibers.hpp"
#include "tests/simulation/world.hpp"

namespace sagad::simulation {

/// A disk and the page cache before it, in memory. What was written is seen at once and is on the disk when it was
/// synced, names when their directory was; before that any of its sectors may be. It outlives processes; each mounts it
/// anew, and the files of one that is dead do nothing any more.
class disk {
 public:
  explicit disk(world& in) : world_(in) {}

  /// A process's way to it. Where it waits for the disk, its other threads go on.
  std::shared_ptr<journal::log::files> mount(fibers& threads);
  /// The power fails: of what was not synced some is there, and some is not.
  void lose_power();
  /// From now on reads fail, or no longer.
  void let_reads_fail(bool fail) noexcept { reads_fail_ = fail; }
  /// Since it was mounted last, it has failed or was full, and has told so.
  bool refused() const noexcept { return refused_; }

  /// A copy of what processes see in one folder, in another; nothing fails on it.
  std::unique_ptr<disk> copy(const std::string& from, const std::string& to) const;
  struct place {
    std::string path;
    std::uint64_t byte = 0;
  };
  /// Flips one bit of what is on the disk, and says where. Empty: there is nothing.
  std::optional<place> flip_a_bit();
  /// What processes see in a file; nothing of one that is not there.
  std::string_view content(const std::string& path) const;

 private:
  struct node {
    std::string seen;
    std::string on_disk;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> dirty;
  };
  /// What was done to names since their directory was synced: the disk has a begin of it.
  struct renaming {
    std::string from;  ///< empty: a name that is new
    std::string to;    ///< empty: it is removed
    std::shared_ptr<node> what;
  };
  class mounted_file;
  class mounted_files;

  bool full() const noexcept { return world_.now() < full_until_ && world_.weather.disk_full != 0; }
  void apply(const renaming& one);
  void settle(node& of) const;
  void tear(node& of);
  bool denies_room();
  int damaged_write(node& into, std::uint64_t at, std::string_view bytes);

  world& world_;
  std::map<std::string, std::shared_ptr<node>> names_;    ///< as processes see them
  std::map<std::string, std::shared_ptr<node>> on_disk_;  ///< as the disk has them
  std::vector<renaming> renamings_;
  millis full_until_ = 0;
  bool refused_ = false;
  bool reads_fail_ = false;
  bool quiet_ = false;  ///< nothing fails
};

}  // namespace sagad::simulation

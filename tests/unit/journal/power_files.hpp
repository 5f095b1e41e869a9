#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "journal/log/files.hpp"

namespace sagad::journal::tests {

/// A disk that forgets: beside the operating system's files, which stand for the page cache, it keeps what has reached
/// the disk, contents by `sync` and names by `sync_directory`. The lock and the index are not on it. Thread-safe.
class power_files final : public log::files {
 public:
  /// Contents by path.
  using image = std::map<std::string, std::string>;

  /// All that is below `root` is on the disk.
  explicit power_files(std::string root);

  /// What is on the disk when the power fails now: with `luck`, some of what was not synced has got there too.
  image durable(std::mt19937_64* luck = nullptr) const;
  /// Bytes that were written to a file, and those of them that were not synced since.
  struct traffic {
    std::uint64_t written_bytes = 0;
    std::uint64_t unsynced_bytes = 0;
  };
  traffic traffic_of(const std::string& path) const;

  /// A process has died and the operating system has not: on the disk is `durable`, in the page cache what the files
  /// hold. `written_back`: after a failed sync the cache counts as clean, and nothing of it is written any more.
  void resume(const image& durable, bool written_back);

  /// How this process ends in the write or sync that follows `after` more of them; with a path, of those of that file.
  enum class ending {
    power_cut,    ///< in a write when it is done, in a sync before
    failed_sync,  ///< the sync fails, and its caller ends the process; other threads get no further. Writes do not
                  ///< count
  };
  /// What is on the disk then is left in the folder `left`, see `load`.
  void end_after(long after, ending how, const std::string& left, std::mt19937_64* luck = nullptr);
  /// For a process that is done: when a sync has failed it waits for its end, at most `patience_s`.
  void leave_it_to_who_saw_the_failure() const;
  static constexpr unsigned patience_s = 60;
  void watch(const std::string& path) { watched_ = path; }

  /// Writes wait, until they are let on.
  void hold_writes(bool held);

  static void save(const image& contents, const std::string& folder);
  static image load(const std::string& folder);
  /// The files below `root` become what was on the disk; others than the log's and the definitions stay.
  static void put_in_place(const image& contents, const std::string& root);

  int open(const std::string& path, bool create, std::unique_ptr<log::file>& opened) override;
  int remove(const std::string& path) override;
  int rename(const std::string& from, const std::string& to) override;
  int list(const std::string& directory, std::vector<std::string>& names) override;
  int sync_directory(const std::string& directory) override;

 private:
  struct node;
  class power_file;

  std::shared_ptr<node> node_of(const std::string& path);
  bool reachable(const std::string& path) const;
  std::unique_lock<std::mutex> turn() const;
  bool ends_now(const std::string& path, bool sync);
  [[noreturn]] void cut();
  image durable_locked(std::mt19937_64* luck) const;

  std::shared_ptr<log::files> real_ = log::real_files();
  std::string root_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<node>> names_;    ///< as processes see them
  std::map<std::string, std::shared_ptr<node>> on_disk_;  ///< as the disk has them
  std::set<std::string> directories_;                     ///< that the disk has
  bool ended_ = false;
  bool writes_held_ = false;
  std::condition_variable writes_let_on_;
  long left_ = -1;
  ending how_ = ending::power_cut;
  std::string left_in_;
  std::string watched_;
  std::mt19937_64* luck_ = nullptr;
};

}  // namespace sagad::journal::tests

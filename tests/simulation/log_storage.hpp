#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "journal/log/log.hpp"
#include "runtime/kept_longer.hpp"
#include "tests/simulation/archive_shelf.hpp"
#include "tests/simulation/disk.hpp"
#include "tests/simulation/inspector.hpp"
#include "tests/simulation/storage.hpp"
#include "tests/support/temporary_folder.hpp"

namespace sagad::simulation {

/// The log in segment files, on a simulated disk and with its threads on the simulation's own. Its lock file and key
/// index are the operating system's, in a folder of this run: a process that is killed leaves them as they are; when
/// the power fails they are as they were some time before, or gone.
class log_storage final : public storage {
 public:
  log_storage(world& in, inspector& eyes);
  ~log_storage() override;

  std::string open() override;
  bool is_open() const override { return store_ != nullptr; }
  journal::store& store() override { return *store_; }
  std::unique_ptr<journal::appender> make_appender(std::function<void()> wake) override;
  void let_reads_fail(bool fail) override { disk_.let_reads_fail(fail); }
  void begin_life(std::function<void()> look) override;
  bool commits_here() override { return world_.chance(600); }
  millis next_at() const override;
  void work() override;
  void look_through() override { inspector_.hold_against(*store_, false); }
  void crash(bool in_order) override;

 private:
  /// The lock file and the index, as they were.
  struct beside {
    std::vector<std::pair<std::string, std::string>> files;
  };

  void end_process();
  void keep_longer();
  void keep_archive();
  beside remember(const std::vector<std::string>& names) const;
  void restore(const beside& was, const std::vector<std::string>& names) const;
  void die_at_birth();
  void lose_power();
  void damage_index();
  void try_damage();
  void end_trimming();
  void trim();

  world& world_;
  inspector& inspector_;
  tests::temporary_folder folder_{tests::temporary_folder::on::memory};
  disk disk_;
  journal::log::options settings_;
  std::shared_ptr<archive_shelf> shelf_;  ///< null: there is no archive
  std::vector<beside> locks_;             ///< of earlier times
  std::vector<beside> indexes_;           ///< likewise
  std::shared_ptr<fibers> fibers_;
  std::unique_ptr<journal::store> store_;

  // What frees old segments, as the server's job does: a thread, here one that looks when it is told to.
  std::mutex trim_mutex_;
  std::unique_ptr<journal::log::condition> trim_wanted_;
  std::unique_ptr<journal::log::thread> trimming_;
  std::function<void()> look_;
  bool trims_ = false;  ///< it is to look
  bool stop_trimming_ = false;
};

}  // namespace sagad::simulation

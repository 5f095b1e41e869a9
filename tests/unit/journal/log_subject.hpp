#pragma once

#include <memory>
#include <string>

#include "contract.hpp"
#include "faulty_files.hpp"
#include "journal/log/log.hpp"
#include "tests/support/temporary_folder.hpp"

namespace sagad::journal::tests {

/// A log in a directory of its own, with small segments and often a checkpoint, so that short tests meet everything.
class log_subject final : public subject {
 public:
  explicit log_subject(sagad::tests::temporary_folder::on where);

  journal::store& store() override { return *store_; }
  void reopen() override;
  void reopen_without_index() override;
  void make_room_scarce(bool scarce) override;

  log::options& settings() { return settings_; }
  faulty_files& disk() { return *disk_; }
  const sagad::tests::temporary_folder& directory() const { return directory_; }
  void close() { store_.reset(); }
  /// Opens it; the error's line, or empty.
  std::string open();
  void remove_index();

 private:
  sagad::tests::temporary_folder directory_;
  std::shared_ptr<faulty_files> disk_ = std::make_shared<faulty_files>();
  log::options settings_;
  std::unique_ptr<journal::store> store_;
};

}  // namespace sagad::journal::tests

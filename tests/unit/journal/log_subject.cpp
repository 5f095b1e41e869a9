#include "log_subject.hpp"

namespace sagad::journal::tests {

log_subject::log_subject(sagad::tests::temporary_folder::on where) : directory_(where) {
  settings_.directory = directory_.path("journal");
  settings_.segment_bytes = 256U << 10U;
  settings_.reserve_bytes = 256U << 10U;
  settings_.checkpoint_bytes = 64U << 10U;
  settings_.index_keys_per_cut = 1'000;
  settings_.index_batch = 500;
  settings_.retention = kept;
  settings_.room_retry = std::chrono::milliseconds(20);
  settings_.full_told_for = std::chrono::milliseconds(0);
  settings_.files = disk_;
  reopen();
}

std::string log_subject::open() {
  auto opened = log::open(settings_);
  if (auto* failed = std::get_if<log::error>(&opened)) return failed->line;
  store_ = std::move(std::get<0>(opened));
  return {};
}

void log_subject::reopen() {
  close();
  const auto error = open();
  ASSERT_EQ(error, "");
}

void log_subject::remove_index() {
  for (const auto* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(settings_.directory + "/index.db" + suffix);
  }
}

void log_subject::reopen_without_index() {
  close();
  remove_index();
  reopen();
}

void log_subject::make_room_scarce(bool scarce) {
  disk_->set_quota(scarce ? disk_->used() + (1U << 20U) : UINT64_MAX);
}

}  // namespace sagad::journal::tests

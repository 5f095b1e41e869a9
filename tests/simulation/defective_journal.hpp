#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "journal/memory/store.hpp"

namespace sagad::simulation {

/// Reports as settled what was only given to the journal.
class eager_appender final : public journal::appender {
 public:
  eager_appender(std::unique_ptr<journal::appender> real, std::function<void()> wake)
      : real_(std::move(real)), wake_(std::move(wake)) {}

  journal::ticket append(const journal::entry& entry) override { return last_ = real_->append(entry); }
  bool submit(bool may_commit_here) override {
    const bool committed = real_->submit(may_commit_here);
    wake_();
    return committed;
  }
  journal::ticket settled(std::vector<journal::exception>&) override { return last_; }

 private:
  std::unique_ptr<journal::appender> real_;
  std::function<void()> wake_;
  journal::ticket last_ = 0;
};

/// The same journal as its next process finds it, without the last record; keys are lost, too.
inline std::unique_ptr<journal::memory::store> without_last_record(journal::memory::store& whole) {
  std::vector<journal::stored_record> records;
  whole.scan({}, SIZE_MAX, [&](const journal::stored_record& one) { records.push_back(one); });
  journal::memory::store fresh;
  for (const auto& one : whole.definitions()) fresh.put_definition(one.name, one.canonical);
  const auto appender = fresh.make_appender([] {});
  if (!records.empty()) records.pop_back();
  for (const auto& one : records) {
    journal::entry entry;
    entry.saga = one.saga;
    entry.position = one.position;
    entry.epoch = fresh.opened().epoch;
    entry.seq = one.seq;
    entry.bytes = one.bytes;
    appender->append(entry);
  }
  appender->submit(true);
  return fresh.crash();
}

}  // namespace sagad::simulation

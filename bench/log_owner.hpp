#pragma once

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "journal/log/log.hpp"

namespace sagad::bench {

/// The log in that directory; one that cannot be opened ends the program with a sentence.
inline std::unique_ptr<journal::store> open_log(const std::string& directory) {
  journal::log::options settings;
  settings.directory = directory;
  auto opened = journal::log::open(settings);
  if (const auto* failed = std::get_if<journal::log::error>(&opened)) {
    std::fprintf(stderr, "%s\n", failed->line.c_str());
    std::exit(1);
  }
  return std::move(std::get<0>(opened));
}

/// Owns all partitions of a log: appends and waits. The caller's thread commits where it can.
class log_owner {
 public:
  explicit log_owner(journal::store& store)
      : positions_(store.opened().last_position), epoch_(store.opened().epoch), appender_(store.make_appender([this] {
          const std::lock_guard lock(mutex_);
          woken_ = true;
          changed_.notify_one();
        })) {}

  journal::ticket append(const saga_id& saga, std::uint32_t seq, std::string_view bytes, const journal::start_key* key,
                         bool final, millis time = 0) {
    journal::entry entry;
    entry.saga = saga;
    entry.seq = seq;
    entry.bytes = bytes;
    entry.key = key;
    entry.final = final;
    entry.time = time;
    entry.due = 1;
    entry.position = ++positions_[saga.partition()];
    entry.epoch = epoch_;
    return last_ = appender_->append(entry);
  }

  /// What did not become durable of all that was appended; valid until the next call.
  const std::vector<journal::exception>& commit() {
    exceptions_.clear();
    appender_->submit(true);
    while (appender_->settled(exceptions_) < last_) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return std::exchange(woken_, false); });
    }
    return exceptions_;
  }

 private:
  std::vector<journal::position> positions_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  journal::ticket last_ = 0;
  std::vector<journal::exception> exceptions_;
  std::uint64_t epoch_;
  std::unique_ptr<journal::appender> appender_;
};

}  // namespace sagad::bench

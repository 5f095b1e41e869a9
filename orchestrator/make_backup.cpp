#include "make_backup.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>

#include "journal/give_way.hpp"
#include "journal/log/backup.hpp"
#include "journal/log/options.hpp"
#include "telemetry/log.hpp"

namespace sagad {
namespace {

constexpr int steps_below = 10;
constexpr std::chrono::seconds between_reports{5};
constexpr double mebibyte = 1U << 20U;

// Whoever runs sagas goes first. Of no consequence where it is not allowed.
void lower_priority() {
  journal::give_way(steps_below);
  constexpr int of_a_process = 1;
  constexpr int idle_class = 3 << 13;
  static_cast<void>(::syscall(SYS_ioprio_set, of_a_process, 0, idle_class));
}

}  // namespace

int make_backup(const config::settings& settings) {
  const auto directory = config::log_directory(settings);
  if (!config::database_url(settings).empty()) {
    log::error("backup: the journal is in a database, which is copied by its own means (pg_dump, pg_basebackup)");
    return 1;
  }
  if (directory.empty()) {
    log::error("backup: a journal in memory has nothing to copy: name the folder of one with --journal or --config");
    return 1;
  }
  lower_priority();
  journal::log::backup_order order;
  order.from = directory;
  order.to = settings.backup.value();
  order.more_files = {"callback.keys"};
  order.now = journal::log::wall_clock;
  auto next_report = std::chrono::steady_clock::now() + between_reports;
  auto rested = std::chrono::steady_clock::now();
  order.progress = [&](std::uint64_t bytes) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_report) {
      next_report = now + between_reports;
      log::info("backup: " + std::to_string(bytes >> 20U) + " MiB are copied");
    }
    // A third of what the disk can do is left for others even where it knows no priorities.
    std::this_thread::sleep_for((now - rested) / 2);
    rested = std::chrono::steady_clock::now();
  };
  try {
    const auto made = journal::log::back_up(order);
    std::printf("%s holds the journal of %s: %llu files, %.1f MiB\n", order.to.c_str(), directory.c_str(),
                static_cast<unsigned long long>(made.files), static_cast<double>(made.bytes) / mebibyte);
    return 0;
  } catch (const std::exception& error) {
    log::error(std::string("backup: ") + error.what());
    return 1;
  }
}

}  // namespace sagad

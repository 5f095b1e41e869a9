#include "open_journal.hpp"

#include <utility>
#include <variant>

#include "journal/log/log.hpp"
#include "journal/memory/store.hpp"
#include "telemetry/log.hpp"

namespace sagad {

std::unique_ptr<journal::store> open_journal(const config::settings& settings, trimming_parts trimming) {
  const auto directory = config::log_directory(settings);
  const journal::retention kept{settings.history_retention, settings.start_key_retention};
  if (directory.empty() && settings.restored) {
    throw cannot_begin("a journal in memory has no backup: leave --restored out, or name the folder with --journal");
  }
  if (directory.empty()) return std::make_unique<journal::memory::store>(kept);
  journal::log::options options;
  options.directory = directory;
  options.reserve_bytes = settings.limits.log_reserve_bytes;
  options.segment_bytes = settings.log_segment_bytes;
  options.retention = kept;
  options.accept_loss = settings.accept_loss;
  options.archive = std::move(trimming.archive);
  options.history_of = std::move(trimming.history_of);
  options.restored = settings.restored;
  options.tell = [](const std::string& what) { log::warn(what); };
  auto opened = journal::log::open(options);
  if (const auto* failed = std::get_if<journal::log::error>(&opened)) {
    if (failed->in_use) throw in_use(failed->line);
    throw cannot_begin(failed->line);
  }
  return std::move(std::get<std::unique_ptr<journal::store>>(opened));
}

}  // namespace sagad

#include "open_journal.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>
#include <variant>
#include <vector>

#include "journal/log/log.hpp"
#include "journal/memory/store.hpp"
#include "journal/postgres/postgres.hpp"
#include "telemetry/log.hpp"

namespace sagad {
namespace {

std::unique_ptr<journal::store> open_database(const config::settings& settings) {
  journal::postgres::options options;
  options.url = config::database_url(settings);
  options.retention = {settings.history_retention, settings.start_key_retention};
  options.lease = options.append_patience = std::chrono::milliseconds(settings.lease);
  options.tell = [](const std::string& what) { log::warn(what); };
  auto opened = journal::postgres::open(options);
  if (const auto* failed = std::get_if<journal::postgres::error>(&opened)) throw cannot_begin(failed->line);
  return std::move(std::get<0>(opened));
}

bool is_of_a_journal(const std::string& name) {
  constexpr std::string_view begins[] = {"backup-manifest", "callback.keys", "definitions.log", "index.db",
                                         "keys-",           "lock",          "replaying",       "restore-begun",
                                         "segment-",        "views.db"};
  return std::any_of(std::begin(begins), std::end(begins), [&](auto begin) { return name.starts_with(begin); });
}

// What the configuration itself puts there, which may be there before the journal is: a file, with what stands beside
// it under its name, or what lies in a folder.
bool is_configured(const config::settings& settings, const std::filesystem::path& entry) {
  const auto whole = [](const std::filesystem::path& path) {
    return std::filesystem::absolute(path).lexically_normal().string();
  };
  const auto there = whole(entry);
  for (const auto* one : {&settings.archive, &settings.views, &settings.port_file}) {
    if (one->empty()) continue;
    const auto wanted = whole(*one);
    if (there.starts_with(wanted) || wanted.starts_with(there + "/")) return true;
  }
  return false;
}

}  // namespace

void refuse_other_folder(const config::settings& settings) {
  const auto directory = config::log_directory(settings);
  if (directory.empty()) return;
  std::vector<std::string> others;
  std::error_code unreadable;  // which opening tells
  for (const auto& one : std::filesystem::directory_iterator(directory, unreadable)) {
    auto name = one.path().filename().string();
    if (is_of_a_journal(name)) return;
    const bool counts = !name.starts_with('.') && name != "lost+found" && !is_configured(settings, one.path());
    if (counts) others.push_back(std::move(name));
  }
  if (others.empty()) return;
  throw cannot_begin(directory + " holds no journal, but `" + *std::min_element(others.begin(), others.end()) + "`" +
                     (others.size() > 1 ? " and others" : "") +
                     ": name a folder that is empty, or not there yet, with --journal");
}

std::optional<std::string> shared_text(journal::store& store, const std::string& name, const std::string& fresh) {
  auto* database = dynamic_cast<journal::postgres::store*>(&store);
  if (database == nullptr) return std::nullopt;
  return database->kept_text(name, fresh);
}

std::unique_ptr<journal::store> open_journal(const config::settings& settings, trimming_parts trimming) {
  if (!config::database_url(settings).empty()) return open_database(settings);
  const auto directory = config::log_directory(settings);
  const journal::retention kept{settings.history_retention, settings.start_key_retention};
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

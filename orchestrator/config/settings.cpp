#include "config/settings.hpp"

#include <algorithm>

#include "config/checks.hpp"

namespace sagad::config {

std::size_t reactor_count(const settings& wanted, std::size_t cores) {
  constexpr std::size_t chosen_max = 8;
  if (wanted.reactors != 0) return wanted.reactors;
  auto most = chosen_max;
  for (const auto& limit : shared_limits(wanted)) most = std::min<std::size_t>(most, limit.value);
  return std::max<std::size_t>(1, std::min(cores, most));
}

std::vector<shared_limit> shared_limits(const settings& wanted) {
  std::vector<shared_limit> shared = {{"limits.connections_max", wanted.limits.connections_max},
                                      {"limits.live_sagas_max", wanted.limits.live_sagas_max},
                                      {"limits.waiters_max", wanted.limits.waiters_max}};
  for (const auto& each : wanted.participants) {
    shared.push_back({"participants." + each.called.name + ".max_in_flight", each.called.max_in_flight});
  }
  return shared;
}

std::string log_directory(const settings& wanted) {
  return wanted.journal.substr(0, 4) == "log:" ? wanted.journal.substr(4) : std::string();
}

std::string database_url(const settings& wanted) {
  return check::is_database(wanted.journal) ? wanted.journal : std::string();
}

std::string views_file(const settings& wanted) {
  const auto directory = log_directory(wanted);
  if (!database_url(wanted).empty() && !wanted.views.empty()) return wanted.views;
  if (directory.empty()) return ":memory:";
  return wanted.views.empty() ? directory + "/views.db" : wanted.views;
}

std::vector<std::string> notices(const settings& wanted) {
  std::vector<std::string> told;
  if (wanted.journal == "memory:") told.emplace_back("journal: memory: everything is lost when sagad ends");
  if (wanted.journal == "memory:" && !wanted.archive.empty()) {
    told.emplace_back("archive: without effect: only a log: journal deletes histories");
  }
  if (wanted.journal == "memory:" && !wanted.retentions.empty()) {
    told.emplace_back("retentions: without effect: only a log: journal deletes histories");
  }
  if (wanted.tokens.empty()) {
    told.push_back("no tokens: whoever reaches " + wanted.listen + " from this machine may do everything");
  } else if (!check::is_loopback(wanted.listen)) {
    told.push_back("listening on " + wanted.listen + " in clear text: let a TLS proxy stand before it");
  }
  if (wanted.participants.empty()) {
    told.emplace_back(
        "no participants: definitions can name none until `participants` in the file of --config says where they are");
  }
  for (const auto& each : wanted.participants) {
    if (each.called.path_prefixes == std::vector<std::string>{"/"}) {
      told.push_back("participant " + each.called.name + ": sagas may call every path of it (paths: [/])");
    }
  }
  return told;
}

std::string_view name(role of) noexcept {
  switch (of) {
    case role::client: return "client";
    case role::developer: return "developer";
    case role::operations: return "operator";
    case role::reader: return "reader";
  }
  return {};
}

}  // namespace sagad::config

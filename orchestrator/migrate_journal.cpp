#include "migrate_journal.hpp"

#include <cstdio>
#include <string>

#include "journal/postgres/migrate.hpp"
#include "telemetry/log.hpp"

namespace sagad {

int migrate_journal(const config::settings& settings) {
  journal::postgres::migrate_order order;
  order.url = config::database_url(settings);
  if (order.url.empty()) {
    log::error("migrate: the journal is in no database but " + settings.journal +
               ", which a start brings forward by itself: where a database is meant, name it, as in --journal "
               "postgresql://USER@HOST/DATABASE, or with --config");
    return 1;
  }
  order.dry_run = settings.dry_run;
  order.raise = settings.raise;
  order.say = [](const std::string& line) {
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  };
  order.wait = [](const std::string& line) { log::warn("migrate: " + line); };
  if (const auto why_not = journal::postgres::migrate(order)) {
    log::error("migrate: " + *why_not);
    return 1;
  }
  return 0;
}

}  // namespace sagad

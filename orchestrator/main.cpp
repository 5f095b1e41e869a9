#include <cstdio>
#include <variant>

#include "config/parse.hpp"
#include "make_backup.hpp"
#include "migrate_journal.hpp"
#include "process.hpp"
#include "rebuild_views.hpp"

int main(int argc, char** argv) {
  const auto wanted = sagad::config::parse(argc, argv, sagad::config::process_environment());
  if (const auto* end = std::get_if<sagad::config::exit>(&wanted)) {
    std::fputs(end->text.c_str(), end->code == 0 ? stdout : stderr);
    return end->code;
  }
  const auto& settings = std::get<sagad::config::settings>(wanted);
  if (settings.backup) return sagad::make_backup(settings);
  if (settings.migrate) return sagad::migrate_journal(settings);
  return settings.rebuild_views ? sagad::rebuild_views(settings) : sagad::run_coordinator(settings);
}

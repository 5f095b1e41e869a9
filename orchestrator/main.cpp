#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <variant>

#include "config/parse.hpp"
#include "make_backup.hpp"
#include "migrate_journal.hpp"
#include "process.hpp"
#include "rebuild_views.hpp"

namespace {

// Whoever began this process may have closed them: a file of the journal would get such a number, and what is logged
// would be written into it.
void keep_standard_descriptors() {
  int opened = 0;
  do opened = ::open("/dev/null", O_RDWR);
  while (opened >= 0 && opened <= STDERR_FILENO);
  if (opened > STDERR_FILENO) ::close(opened);
}

}  // namespace

int main(int argc, char** argv) {
  keep_standard_descriptors();
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

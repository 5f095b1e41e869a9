#include "participants/sdk/settings.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <limits>

#include "participants/sdk/service.hpp"

namespace sagad::participants {
namespace {

constexpr const char* footer = R"(
Admin routes (on loopback open, elsewhere only with --admin on; GET /saga-barrier is one of them):
  POST   /admin/faults   {"kind": "late", "rate": 0.1, "delay_ms": 500, "step": "escrow", "operation": "action"}
                         kinds: reject, fail, hang, late, answer_twice, exit; "rate" 0 to 1, or "next": how many calls
  GET    /admin/faults   what is set, how many calls came, and how often each kind but exit has happened since the start
  DELETE /admin/faults   forgets what is set
  POST   /admin/later    {"path": "/v1/...", "after_ms": 500}: answer that action 202 and do it later
  GET    /admin/ledger?after=0   every effect that happened, in order
  GET    /admin/books    sums that must balance
PostgreSQL: a file ~/.pgpass, or that of PGPASSFILE, holds the password; ?options=-csearch_path%3Dname at the end of the
URL names a schema. Several processes of one participant may share a database. While it is away calls are answered 503.
Exit: SIGTERM finishes the open requests and ends with 0; a second one ends at once. 1: it could not start. 74: the disk
failed or the database is damaged, and nothing was answered since.)";

void read_listen(const std::string& text, settings& into) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) throw CLI::ValidationError("--listen", "write HOST:PORT");
  into.host = text.substr(0, colon);
  const std::string port = text.substr(colon + 1);
  std::int64_t number = -1;
  if (!CLI::detail::lexical_cast(port, number) || number < 0 || number > std::numeric_limits<std::uint16_t>::max()) {
    throw CLI::ValidationError("--listen", "the port is a number from 0 (any free one) to 65535");
  }
  into.port = static_cast<std::uint16_t>(number);
}

std::pair<std::string, std::int64_t> read_later(const std::string& text) {
  const auto equals = text.rfind('=');
  std::int64_t after_ms = -1;
  if (equals == std::string::npos || !CLI::detail::lexical_cast(text.substr(equals + 1), after_ms) || after_ms < 0) {
    throw CLI::ValidationError("--answer-later", "write PATH=MILLISECONDS");
  }
  return {text.substr(0, equals), after_ms};
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host.starts_with("127.");
}

}  // namespace

settings read_settings(const service& what, int argc, char** argv) {
  settings made;
  made.database = what.name + ".db";
  std::string listen = "127.0.0.1:" + std::to_string(what.port_default);
  std::string sync = "full";
  std::string admin = "auto";
  std::vector<std::string> later;
  std::int64_t retention_days = 90;

  CLI::App app(what.name + ": " + what.description);
  app.footer(footer);
  app.add_option("--listen", listen, "HOST:PORT; port 0 takes a free one")->capture_default_str();
  app.add_option("--database", made.database,
                 "A file of SQLite's, made where it is missing; or postgresql://USER@HOST/DATABASE")
      ->capture_default_str();
  app.add_option("--port-file", made.port_file, "Write the port into this file once it listens");
  app.add_option("--sync", sync, "Of a file: full survives a loss of power, normal a killed process only")
      ->check(CLI::IsMember({"full", "normal"}))
      ->capture_default_str();
  app.add_option("--faults", made.faults, "A fault rule as JSON, as for POST /admin/faults; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--seed", made.seed, "Of the faults' dice")->capture_default_str();
  app.add_option("--answer-later", later, "PATH=MS: answer that action 202, do it MS later; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--admin", admin, "on, off, auto (on when listening on loopback)")
      ->check(CLI::IsMember({"on", "off", "auto"}))
      ->capture_default_str();
  app.add_option("--threads", made.http.threads, "Threads that serve connections")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--body-bytes-max", made.http.body_bytes_max, "Larger requests are answered 413")
      ->check(CLI::Range(1024, 64 * 1024 * 1024))
      ->capture_default_str();
  app.add_option("--retention-days", retention_days, "How long the barrier remembers; older sagas are refused")
      ->check(CLI::Range(1, 36'500))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
    read_listen(listen, made);
    if (barrier::is_shared(made.database) && sync != "full") {
      throw CLI::ValidationError("--sync", "is for a file: PostgreSQL's own settings say what it survives");
    }
    for (const auto& one : later) made.answer_later.push_back(read_later(one));
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  made.sync = sync == "full" ? barrier::durability::full : barrier::durability::normal;
  made.admin = admin == "on" || (admin == "auto" && is_loopback(made.host));
  made.barrier_retention = std::chrono::hours(24 * retention_days);
  return made;
}

}  // namespace sagad::participants

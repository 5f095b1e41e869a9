#include "tests/support/postgres_server.hpp"

#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include "tests/support/eventually.hpp"

namespace sagad::tests {
namespace {

constexpr const char* port = "5432";  // Only in the socket's name.

/// PostgreSQL's programs, the newest that are installed.
std::string programs() {
  std::vector<std::filesystem::path> found;
  std::error_code none;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
    if (std::filesystem::exists(version.path() / "bin/initdb")) found.push_back(version.path() / "bin");
  }
  if (found.empty()) {
    throw std::runtime_error("no PostgreSQL in /usr/lib/postgresql: scripts/install-dependencies --tests installs it");
  }
  return std::max_element(found.begin(), found.end())->string();
}

/// It refuses to run as root.
const passwd* other_user() {
  if (::geteuid() != 0) return nullptr;
  const auto* user = ::getpwnam("postgres");
  if (user == nullptr) user = ::getpwnam("nobody");
  if (user == nullptr) throw std::runtime_error("no user for PostgreSQL");
  return user;
}

pid_t begin(const std::vector<std::string>& command, const std::string& log) {
  std::vector<char*> arguments;
  for (const auto& one : command) arguments.push_back(const_cast<char*>(one.c_str()));
  arguments.push_back(nullptr);
  const auto* user = other_user();
  const auto parent = ::getpid();
  const auto child = ::fork();
  if (child != 0) return child;
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  static_cast<void>(::dup2(out, STDOUT_FILENO));
  static_cast<void>(::dup2(out, STDERR_FILENO));
  const bool other = user == nullptr || (::setgid(user->pw_gid) == 0 && ::setuid(user->pw_uid) == 0);
  // After the change of user, which undoes it. It ends at once when this program does.
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (other && ::getppid() == parent && ::chdir("/") == 0) ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

int wait_for(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

postgres_server& postgres_server::the() {
  static postgres_server one;
  return one;
}

postgres_server::postgres_server() : folder_(temporary_folder::on::memory) {
  if (const auto* user = other_user()) {
    if (::chown(folder_.path().c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown");
  }
  const auto made = begin({programs() + "/initdb", "--pgdata", folder_.path("data"), "--username", "sagad", "--auth",
                           "trust", "--no-sync", "--encoding", "UTF8", "--no-locale"},
                          folder_.path("initdb.log"));
  if (wait_for(made) != 0) throw std::runtime_error("initdb failed");
  start();
}

postgres_server::~postgres_server() {
  stop(SIGQUIT);
}

void postgres_server::start() {
  process_ = begin({programs() + "/postgres", "-D", folder_.path("data"), "-k", folder_.path(), "-p", port, "-h", "",
                    "-c", "max_connections=60", "-c", "shared_buffers=32MB", "-c", "autovacuum=off"},
                   folder_.path("server.log"));
  const auto where = "host=" + folder_.path() + " port=" + port + " user=sagad dbname=postgres";
  const bool up = eventually([&] { return PQping(where.c_str()) == PQPING_OK; });
  if (!up) throw std::runtime_error("PostgreSQL does not begin");
}

void postgres_server::stop(int signal) {
  ::kill(process_, signal);
  wait_for(process_);
}

void postgres_server::restart() {
  fall();
  start();
}

void postgres_server::fall() {
  stop(SIGQUIT);
}

std::string postgres_server::url(const std::string& schema) const {
  return "postgresql://sagad@/postgres?host=" + folder_.path() + "&port=" + port + "&options=-csearch_path%3D" + schema;
}

std::string postgres_server::fresh_schema() {
  const auto name = "schema_" + std::to_string(++schemas_);
  postgres_client(url("public")).ask("CREATE SCHEMA " + name);
  return name;
}

void postgres_server::drop_schema(const std::string& schema) const {
  constexpr auto milliseconds_each = "10000";
  postgres_client client(url(schema));
  client.ask("SELECT count(pg_terminate_backend(pid, " + std::string(milliseconds_each) +
             ")) FROM pg_stat_activity WHERE application_name LIKE 'sagad%'");
  client.ask("SET client_min_messages = warning; DROP SCHEMA " + schema + " CASCADE");
}

void postgres_server::set(const std::string& name, const std::string& value) {
  postgres_client(url("public"))
      .ask("ALTER SYSTEM " + (value.empty() ? "RESET " + name : "SET " + name + " = " + value));
  const auto before = postgres_client(url("public")).ask("SELECT pg_conf_load_time()");
  postgres_client(url("public")).ask("SELECT pg_reload_conf()");
  const bool loaded =
      eventually([&] { return postgres_client(url("public")).ask("SELECT pg_conf_load_time()") != before; });
  if (!loaded) throw std::runtime_error("PostgreSQL does not read its settings");
}

postgres_client::postgres_client(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
  if (PQstatus(static_cast<PGconn*>(connection_)) != CONNECTION_OK) {
    const std::string why = PQerrorMessage(static_cast<PGconn*>(connection_));
    PQfinish(static_cast<PGconn*>(connection_));
    throw std::runtime_error(why);
  }
}

postgres_client::~postgres_client() {
  PQfinish(static_cast<PGconn*>(connection_));
}

std::string postgres_client::ask(const std::string& sql) {
  auto* result = PQexec(static_cast<PGconn*>(connection_), sql.c_str());
  const auto status = PQresultStatus(result);
  const bool good = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
  std::string value = good && PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
  PQclear(result);
  if (!good) throw std::runtime_error(PQerrorMessage(static_cast<PGconn*>(connection_)));
  return value;
}

}  // namespace sagad::tests

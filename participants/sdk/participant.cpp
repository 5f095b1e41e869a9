#include "participants/sdk/participant.hpp"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <utility>

#include "compensations/barrier/guard.hpp"
#include "participants/sdk/built_in_routes.hpp"
#include "participants/sdk/cleaner.hpp"
#include "participants/sdk/database_lock.hpp"
#include "participants/sdk/effects.hpp"
#include "participants/sdk/front.hpp"
#include "participants/sdk/late_store.hpp"
#include "participants/sdk/wall_clock.hpp"

namespace sagad::participants {
namespace {

/// The log: what a person should know.
void say(const char* what) {
  std::fprintf(stderr, "%s\n", what);
}

constexpr int damage_exit_code = 74;
constexpr int turns_tried = 30;  // each is waited for as long as a call would

/// After a failed sync the page cache shows what the disk does not have: only a new process sees the truth.
void end_process(const std::string& why) {
  std::fprintf(
      stderr,
      "the database cannot be trusted any more, the process ends: %s. Look at the disk before you start it again.\n",
      why.c_str());
  _exit(damage_exit_code);
}

/// A URL as it is. One name for one file, whatever leads there: neither SQLite's special names nor a link past the
/// lock.
std::string database_place(const settings& how) {
  if (how.database.empty()) throw std::runtime_error("the database needs a name: --database FILE");
  if (barrier::is_shared(how.database)) return how.database;
  return std::filesystem::weakly_canonical(std::filesystem::absolute(how.database)).string();
}

/// In one turn: of processes that start at once the others find everything made.
void make_tables(const service& what, barrier::connection& db) {
  int tries = 0;
  while (!db.begin()) {
    if (++tries == turns_tried)
      throw std::runtime_error("another process keeps the database " + db.where() + " to itself");
  }
  create_effects(db);
  late_store::create(db);
  db.define(what.schema);
  db.commit();
}

std::unique_ptr<barrier::connection> open_database(const service& what, const settings& how, const std::string& place) {
  barrier::connection::options options;
  options.place = place;
  options.sync = how.sync;
  options.application = what.name;
  auto db = std::make_unique<barrier::connection>(options);
  make_tables(what, *db);
  return db;
}

std::unique_ptr<barrier::connection> open_to_read(const service& what, const std::string& place) {
  barrier::connection::options options;
  options.place = place;
  options.use = barrier::access::read;
  options.application = what.name;
  return std::make_unique<barrier::connection>(options);
}

std::optional<database_lock> lock_of(const std::string& place) {
  return barrier::is_shared(place) ? std::nullopt : std::optional<database_lock>(std::in_place, place);
}

}  // namespace

class participant::parts {
 public:
  parts(service what, const settings& how)
      : what_(std::move(what)),
        place_(database_place(how)),
        lock_(lock_of(place_)),
        drain_max_(how.drain_max),
        faults_(how.seed),
        db_(open_database(what_, how, place_)),
        where_(db_->where()),
        guard_(*db_, {}, &wall_clock_ms),
        writer_(std::move(db_), {}, &say, &end_process),
        cleaner_(
            writer_, [this](auto delay, auto task) { timers_.after(delay, std::move(task)); }, &wall_clock_ms,
            {.keep = how.barrier_retention}, &say),
        reader_(open_to_read(what_, place_), {.batch_max = 1}, &say, &end_process),
        plain_(built_in_routes(what_, faults_, later_, [this] { late_worker_->wake(); })),
        front_({what_, plain_, writer_, reader_, guard_, faults_, later_, timers_, how.admin}) {
    plain_.insert(plain_.end(), what_.plain.begin(), what_.plain.end());
    for (const auto& rule : how.faults) faults_.add(rule);
    for (const auto& [path, after_ms] : how.answer_later) later_.set(path, after_ms);
    late_worker_ = std::make_unique<late_worker>(what_, writer_, guard_, late_worker::limits{}, &wall_clock_ms, &say);
    front_.set_late_worker(late_worker_.get());
    server_ = std::make_unique<http_server>(how.host, how.port, how.http,
                                            [this](http_request asked, http_server::responder respond) {
                                              front_.take(std::move(asked), std::move(respond));
                                            });
    late_worker_->start();
    cleaner_.clean();
  }

  ~parts() { stop(); }

  std::uint16_t port() const noexcept { return server_->port(); }
  const std::string& where() const noexcept { return where_; }

  /// From outside inwards. Timers first: they hold requests back, and then let them go at once.
  void stop() {
    cleaner_.stop();
    timers_.stop();
    if (server_) server_->stop(drain_max_);
    if (late_worker_) late_worker_->stop();
    // The writer closes the database last: it is the one that checkpoints.
    reader_.stop();
    writer_.stop();
  }

 private:
  service what_;
  std::string place_;
  std::optional<database_lock> lock_;  ///< of a file. Gone last: until then the database is ours
  std::chrono::milliseconds drain_max_;
  fault_switch faults_;
  late_plan later_;
  scheduler timers_;
  std::unique_ptr<barrier::connection> db_;
  std::string where_;
  barrier::guard guard_;
  database_thread writer_;
  cleaner cleaner_;
  database_thread reader_;
  std::vector<plain_route> plain_;
  front front_;
  std::unique_ptr<late_worker> late_worker_;
  std::unique_ptr<http_server> server_;
};

participant::participant(service what, const settings& how) : parts_(std::make_unique<parts>(std::move(what), how)) {}

participant::~participant() = default;

std::uint16_t participant::port() const noexcept {
  return parts_->port();
}

const std::string& participant::database() const noexcept {
  return parts_->where();
}

void participant::stop() {
  parts_->stop();
}

namespace {

/// Whoever waits for the file must never read half of it.
void write_port_file(const std::string& path, std::uint16_t port) {
  if (path.empty()) return;
  const std::string fresh = path + ".new";
  {
    std::ofstream file(fresh);
    file << port << '\n';
    if (!file.flush()) throw std::runtime_error("cannot write " + fresh);
  }
  std::filesystem::rename(fresh, path);
}

}  // namespace

int run_participant(service what, int argc, char** argv) {
  const settings how = read_settings(what, argc, argv);
  const std::string name = what.name;
  // Before any thread is made: they inherit the mask, and this one alone takes the signals.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    participant running(std::move(what), how);
    write_port_file(how.port_file, running.port());
    std::printf("%s listens on http://%s:%u, database %s\n", name.c_str(), how.host.c_str(),
                static_cast<unsigned>(running.port()), running.database().c_str());
    std::fflush(stdout);
    int received = 0;
    sigwait(&ends, &received);
    // The second one ends the process as if it were not handled.
    pthread_sigmask(SIG_UNBLOCK, &ends, nullptr);
    running.stop();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), error.what());
    return 1;
  }
}

}  // namespace sagad::participants

#include "postgresql/connection.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace sagad::postgresql {
namespace {

constexpr std::size_t shown_bytes_max = 400;
constexpr std::chrono::milliseconds look_every{50};  // whether an answer is wanted

bool goes_on(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

// libpq's texts end in a line's end, and may have several. Until there is a session they are in whatever encoding the
// server likes, from then on in UTF-8.
std::string shown(const char* text, bool is_utf8) {
  std::string line = text == nullptr ? "" : text;
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
  for (auto& letter : line) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte < 0x20 || byte == 0x7F) letter = ' ';
    if (byte >= 0x80 && !is_utf8) letter = '?';
  }
  if (line.size() <= shown_bytes_max) return line;
  std::size_t end = shown_bytes_max;
  while (goes_on(line[end])) --end;
  return line.substr(0, end);
}

// The server ends, begins, or takes no writes (any more): another connection may reach another server. Or it does not
// know itself what has become of the statement (CockroachDB, whose nodes lose each other), which is as no answer.
bool ends_the_connection(const std::string& state) {
  return state.substr(0, 2) == "08" || state == "57P01" || state == "57P02" || state == "57P03" || state == "57P05" ||
         state == "25006" || state == "25P03" || state == "40003";
}

}  // namespace

bool statement_failed::may_pass() const {
  const auto kind = state_.substr(0, 2);
  return kind == "40" || kind == "53" || state_ == "55P03" || state_ == "57014";
}

connection::connection(const login& how) : patience_(how.connect_timeout), unwanted_(how.unwanted) {
  connect(how);
  patience_ = how.connect_timeout;
  begin_session(how);
  patience_ = how.answer_patience.count() > 0 ? how.answer_patience : 2 * how.statement_timeout;
}

// libpq goes to the next server when one refuses, but it leaves it to its caller how long one may say nothing.
void connection::connect(const login& how) {
  const auto servers = servers_of(how.url);
  patience_ = std::max<std::chrono::milliseconds>(how.connect_timeout / servers.size(), std::chrono::milliseconds(1));
  std::string why;
  for (const auto& one : servers) {
    try {
      return connect_to(one, how);
    } catch (const connection_lost& error) {
      const auto whose = servers.size() == 1 ? "" : one.host + ":" + one.port + ": ";
      why += (why.empty() ? "" : "; ") + whose + error.what();
    }
  }
  throw connection_lost(why);
}

void connection::connect_to(const server& one, const login& how) {
  const auto seconds = std::to_string(std::max<std::int64_t>(1, patience_.count() / 1000));
  // What stands before the url is overridden by it, what stands behind overrides it, unless it is empty.
  const std::array<const char*, 12> names{"connect_timeout",
                                          "keepalives_idle",
                                          "keepalives_interval",
                                          "keepalives_count",
                                          "tcp_user_timeout",
                                          "fallback_application_name",
                                          "dbname",
                                          "client_encoding",
                                          "host",
                                          "hostaddr",
                                          "port",
                                          nullptr};
  const std::array<const char*, 12> values{seconds.c_str(),
                                           "10",
                                           "5",
                                           "3",
                                           "20000",
                                           how.application.c_str(),
                                           how.url.c_str(),
                                           "UTF8",
                                           one.host.c_str(),
                                           one.hostaddr.c_str(),
                                           one.port.c_str(),
                                           nullptr};
  connection_.reset(PQconnectStartParams(names.data(), values.data(), 1));
  if (!connection_) throw std::bad_alloc();
  // Of itself libpq writes them to standard error.
  PQsetNoticeReceiver(
      raw(), [](void*, const PGresult*) {}, nullptr);
  const auto deadline = std::chrono::steady_clock::now() + patience_;
  for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK; state = PQconnectPoll(raw())) {
    if (state == PGRES_POLLING_FAILED || PQstatus(raw()) == CONNECTION_BAD) lose(PQerrorMessage(raw()));
    wait(state == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline);
  }
  if (PQsetnonblocking(raw(), 1) != 0) lose(PQerrorMessage(raw()));
  in_session_ = true;
}

void connection::closes::operator()(pg_conn* one) const noexcept {
  PQfinish(one);
}

bool connection::usable() const noexcept {
  return PQstatus(raw()) == CONNECTION_OK && PQtransactionStatus(raw()) == PQTRANS_IDLE;
}

std::string connection::where() const {
  const auto text = [](const char* of) { return std::string(of == nullptr ? "" : of); };
  return text(PQhost(raw())) + ":" + text(PQport(raw())) + "/" + text(PQdb(raw()));
}

void connection::begin_session(const login& how) {
  const auto timeout = std::to_string(how.statement_timeout.count());
  const auto lock_timeout = std::to_string(how.lock_timeout.count());
  run_all("SET statement_timeout = " + timeout + "; SET idle_in_transaction_session_timeout = " + timeout +
          "; SET default_transaction_isolation = 'read committed'");
  // Everything is looked up by an index: a plan that was made while a table was empty must not read it whole for ever.
  // What has none costs so much by that setting that it would be compiled. PostgreSQL's and its descendants' alone:
  // others plan by themselves, and may refuse the names. Nor is all collected that an index finds, and sorted, when the
  // first few rows in its order are wanted: where a table was empty it seemed as cheap.
  // And a plan is made once: with arrays as parameters the server would plan each statement anew, which takes longer
  // than what it does for a few rows.
  // Whoever waits for his next turn is no session that was forgotten, whatever the server's administrator says of such.
  for (const auto& special : {std::string("SET enable_seqscan = off"), std::string("SET enable_bitmapscan = off"),
                              std::string("SET jit = off"), std::string("SET plan_cache_mode = force_generic_plan"),
                              std::string("SET idle_session_timeout = 0"), "SET lock_timeout = " + lock_timeout}) {
    try {
      run_all(special);
    } catch (const statement_failed&) {
    }
  }
  refuse_what_loses();
}

void connection::refuse_what_loses() {
  // Null where there is no such setting: not PostgreSQL, and its own affair.
  static constexpr statement ask{"settings",
                                 "SELECT current_setting('fsync', true), current_setting('full_page_writes', true), "
                                 "current_setting('synchronous_commit', true)"};
  const auto found = run(ask);
  const auto is = [&found](int at, std::string_view value) {
    return !found.is_null(0, at) && found.bytes(0, at) == value;
  };
  if (is(0, "off")) {
    throw settings_refused(where() + " has fsync = off, so that a crash loses what was committed: set fsync = on");
  }
  if (is(1, "off")) {
    throw settings_refused(where() +
                           " has full_page_writes = off, so that a crash may damage what was committed: set "
                           "full_page_writes = on");
  }
  for (const auto* value : {"off", "local"}) {
    if (is(2, value)) {
      throw settings_refused(where() + " has synchronous_commit = " + value +
                             ", so that what was committed may be lost: set synchronous_commit = on, for this user or "
                             "database at least");
    }
  }
  // For the session, so that it stays so when the server's configuration changes.
  if (is(2, "on") || is(2, "remote_write")) run_all("SET synchronous_commit = on");
}

bool connection::is_in_transaction() const noexcept {
  const auto status = PQtransactionStatus(raw());
  return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

bool connection::has_failed_transaction() const noexcept {
  return PQtransactionStatus(raw()) == PQTRANS_INERROR;
}

void connection::lose(const std::string& why) {
  throw connection_lost(shown(why.c_str(), in_session_));
}

void connection::fail(const PGresult* result) {
  const auto* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const auto text = shown(PQresultErrorMessage(result), in_session_);
  if (state == nullptr || PQstatus(raw()) == CONNECTION_BAD || ends_the_connection(state)) lose(text);
  throw statement_failed(text, state);
}

void connection::wait(short events, time deadline) {
  deadline = std::min(deadline, gives_up_at_);
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) lose("it has not answered for " + std::to_string(patience_.count()) + " ms");
    if (unwanted_ != nullptr && unwanted_->load(std::memory_order_acquire)) lose("its answer is not wanted any more");
    const auto at_most = unwanted_ == nullptr ? left : std::min<std::chrono::milliseconds>(left, look_every);
    // Each time anew: while connecting the socket may be another.
    pollfd one{PQsocket(raw()), events, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(at_most.count()));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "poll");
  }
}

void connection::queue(int sent) {
  if (sent == 0) lose(PQerrorMessage(raw()));
}

void connection::flush() {
  const auto deadline = std::chrono::steady_clock::now() + patience_;
  for (int rest = PQflush(raw()); rest != 0; rest = PQflush(raw())) {
    if (rest < 0) lose(PQerrorMessage(raw()));
    wait(POLLIN | POLLOUT, deadline);
    if (PQconsumeInput(raw()) == 0) lose(PQerrorMessage(raw()));
  }
}

PGresult* connection::next_result(time deadline) {
  while (PQisBusy(raw()) != 0) {
    wait(POLLIN, deadline);
    if (PQconsumeInput(raw()) == 0) lose(PQerrorMessage(raw()));
  }
  return PQgetResult(raw());
}

// The last answer of what was sent; a failure is told when all of them have been read. In a pipeline there is a null
// after each, and the end is the sync's.
rows connection::receive() {
  const auto deadline = std::chrono::steady_clock::now() + patience_;
  const bool pipeline = PQpipelineStatus(raw()) != PQ_PIPELINE_OFF;
  rows last(nullptr);
  rows failed(nullptr);
  PGresult* failure = nullptr;
  answered_ = 0;
  for (bool after_null = false;;) {
    auto* result = next_result(deadline);
    if (result == nullptr) {
      // Two of them: the connection is lost, and no sync will come.
      if (!pipeline || after_null) break;
      after_null = true;
      continue;
    }
    after_null = false;
    const auto status = PQresultStatus(result);
    if (status == PGRES_PIPELINE_SYNC) {
      PQclear(result);
      break;
    }
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      last = rows(result);
      if (failure == nullptr) ++answered_;
    } else if (failure == nullptr && status != PGRES_PIPELINE_ABORTED) {
      failure = result;
      failed = rows(result);
    } else {
      PQclear(result);
    }
  }
  if (pipeline && PQexitPipelineMode(raw()) == 0 && failure == nullptr) lose(PQerrorMessage(raw()));
  if (failure != nullptr) fail(failure);
  if (PQstatus(raw()) == CONNECTION_BAD) lose(PQerrorMessage(raw()));
  return last;
}

void connection::queue_prepare(const statement& what, const parameters& with) {
  queue(PQsendPrepare(raw(), what.name, what.sql, with.count(), with.types()));
}

void connection::queue_run(const statement& what, const parameters& with, format as) {
  const auto values = with.pointers();
  const auto lengths = with.lengths();
  const std::vector<int> formats(values.size(), 1);
  queue(PQsendQueryPrepared(raw(), what.name, with.count(), values.data(), lengths.data(), formats.data(),
                            static_cast<int>(as)));
}

rows connection::run(const statement& what, const parameters& with, format as) {
  if (!prepared_.contains(what.name)) {
    queue_prepare(what, with);
    flush();
    receive();
    prepared_.insert(what.name);
  }
  queue_run(what, with, as);
  flush();
  return receive();
}

rows connection::run_after(const std::vector<std::string>& before, const statement& what, const parameters& with,
                           format as) {
  if (before.empty()) return run(what, with, as);
  queue(PQenterPipelineMode(raw()));
  for (const auto& command : before) {
    queue(PQsendQueryParams(raw(), command.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0));
  }
  // Planned behind them: what does not parse fails the transaction, which they may have begun or marked.
  if (!prepared_.contains(what.name)) queue_prepare(what, with);
  queue_run(what, with, as);
  queue(PQpipelineSync(raw()));
  flush();
  try {
    auto last = receive();
    prepared_.insert(what.name);
    return last;
  } catch (const statement_failed&) {
    // It may have been planned all the same, and is not to be planned twice.
    if (answered_ > before.size()) prepared_.insert(what.name);
    throw;
  }
}

rows connection::run_all(const std::string& sql) {
  queue(PQsendQuery(raw(), sql.c_str()));
  flush();
  return receive();
}

void connection::listen(const std::string& channel) {
  try {
    run_all("LISTEN " + channel);
  } catch (const statement_failed&) {
    // Not everybody has it; nothing rests on it.
  }
}

std::vector<std::string> connection::wait_for_notice(int other, std::chrono::milliseconds at_most) {
  std::array<pollfd, 2> both{pollfd{PQsocket(raw()), POLLIN, 0}, pollfd{other, POLLIN, 0}};
  if (::poll(both.data(), both.size(), static_cast<int>(at_most.count())) < 0 && errno != EINTR) {
    throw std::system_error(errno, std::generic_category(), "poll");
  }
  if (PQconsumeInput(raw()) == 0) lose(PQerrorMessage(raw()));
  std::vector<std::string> heard;
  for (auto* one = PQnotifies(raw()); one != nullptr; one = PQnotifies(raw())) {
    heard.emplace_back(one->extra);
    PQfreemem(one);
  }
  return heard;
}

}  // namespace sagad::postgresql

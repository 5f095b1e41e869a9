#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "journal/postgres/options.hpp"
#include "journal/postgres/values.hpp"

struct pg_conn;  // libpq's PGconn

namespace sagad::journal::postgres {

/// There is no answer, and the connection is gone: what was asked may have been done or not, or may still be done.
class connection_lost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The database says no: nothing of the statement was done.
class statement_failed : public std::runtime_error {
 public:
  statement_failed(const std::string& why, std::string state) : std::runtime_error(why), state_(std::move(state)) {}
  /// SQLSTATE, five characters.
  const std::string& state() const noexcept { return state_; }
  /// Its disk is full, or what its administrator allows is used up.
  bool is_no_room() const { return state_ == "53100" || state_ == "53400"; }

 private:
  std::string state_;
};

/// The database's settings would lose what was told durable. One line that says what to set.
class settings_refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A statement that is planned once a connection. `name` is unique, and both are literals.
struct statement {
  const char* name;
  const char* sql;
};

/// A connection whose answers are waited for no longer than it was told. One thread at a time.
/// All functions throw connection_lost, after which the connection is of no use, or statement_failed.
class connection {
 public:
  /// Connects, and refuses a database that would not keep what it has committed: settings_refused.
  explicit connection(const options& settings, const std::string& purpose);

  rows run(const statement& what, const parameters& with = {});
  /// Several at once, without answers.
  void run_all(const std::string& sql);

  /// From now on it hears of the channel, where the database has such.
  void listen(const std::string& channel);
  /// Waits until something is heard, `other` is readable, or the time is over; returns what was heard.
  std::vector<std::string> wait_for_notice(int other, std::chrono::milliseconds at_most);

  /// The database as people know it, without a password: host, port and name.
  std::string where() const;
  /// Of a session that was not refused, what is like it everywhere: not PostgreSQL's own, for instance.
  bool usable() const noexcept;

 private:
  struct closes {
    void operator()(pg_conn* one) const noexcept;
  };
  using time = std::chrono::steady_clock::time_point;

  pg_conn* raw() const noexcept { return connection_.get(); }
  void connect(const options& settings, const std::string& purpose);
  void prepare(const statement& what, const parameters& with);
  void begin_session(const options& settings);
  void refuse_what_loses();
  void wait(short events, time deadline);
  void send(bool queued);
  rows receive();
  [[noreturn]] void lose(const std::string& why);
  [[noreturn]] void fail(const pg_result* result);

  std::unique_ptr<pg_conn, closes> connection_;
  std::chrono::milliseconds patience_;
  std::set<const char*> prepared_;
};

}  // namespace sagad::journal::postgres

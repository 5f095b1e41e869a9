#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "postgresql/servers.hpp"
#include "postgresql/values.hpp"

struct pg_conn;  // libpq's PGconn

namespace sagad::postgresql {

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
  /// It is there already.
  bool is_duplicate() const { return state_ == "23505"; }
  /// Its disk is full, or what its administrator allows is used up.
  bool is_no_room() const { return state_ == "53100" || state_ == "53400"; }
  /// What kept it from being done passes: another's lock, a conflict, a shortage, somebody who ended it.
  bool may_pass() const;

 private:
  std::string state_;
};

/// The database's settings would lose what was told durable. One line that says what to set.
class settings_refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Which database, and how long it is waited for.
struct login {
  /// postgresql://..., or libpq's `name=value ...`; its search_path names the schema. Of several servers each is given
  /// an equal part of the time, so that one that is silent does not keep the others from being reached.
  std::string url;
  std::string application;  ///< as the database's administrator sees it
  std::chrono::milliseconds connect_timeout{5'000};
  /// After which the database gives a statement up.
  std::chrono::milliseconds statement_timeout{10'000};
  /// After which it gives up waiting for a lock that another holds; 0: it waits as long as a statement may take.
  std::chrono::milliseconds lock_timeout{0};
  /// After which whoever gets no answer drops the connection; 0: twice as long as the database takes to give up.
  std::chrono::milliseconds answer_patience{0};
  /// Looked at while it is waited: no answer is wanted any more. It outlives the connection; null: it is wanted.
  const std::atomic<bool>* unwanted = nullptr;
};

/// A statement that is planned once a connection. `name` is unique, and both live as long as the connection.
struct statement {
  const char* name;
  const char* sql;
};

/// How values come back.
enum class format : int { text = 0, binary = 1 };

/// A connection whose answers are waited for no longer than it was told. One thread at a time.
/// All functions throw connection_lost, after which the connection is of no use, or statement_failed.
class connection {
 public:
  /// Connects, and refuses a database that would not keep what it has committed: settings_refused.
  explicit connection(const login& how);

  rows run(const statement& what, const parameters& with = {}, format as = format::binary);
  /// After commands without parameters, all sent together: what any of them is refused for is thrown.
  rows run_after(const std::vector<std::string>& before, const statement& what, const parameters& with, format as);
  /// Several at once; the last one's answer.
  rows run_all(const std::string& sql);

  /// From now on it hears of the channel, where the database has such.
  void listen(const std::string& channel);
  /// Waits until something is heard, `other` is readable, or the time is over; returns what was heard.
  std::vector<std::string> wait_for_notice(int other, std::chrono::milliseconds at_most);

  /// The database as people know it, without a password: host, port and name.
  std::string where() const;
  /// From then on nothing is waited for, whatever else was said of how long it is; `max()`: that alone holds.
  void give_up_at(std::chrono::steady_clock::time_point when) noexcept { gives_up_at_ = when; }
  /// Of a session that was not refused, what is like it everywhere: not PostgreSQL's own, for instance.
  bool usable() const noexcept;
  /// One is open, refused statements in it or not.
  bool is_in_transaction() const noexcept;
  /// A statement of the open transaction was refused, so that it can only be taken back.
  bool has_failed_transaction() const noexcept;

 private:
  struct closes {
    void operator()(pg_conn* one) const noexcept;
  };
  using time = std::chrono::steady_clock::time_point;

  pg_conn* raw() const noexcept { return connection_.get(); }
  void connect(const login& how);
  void connect_to(const server& one, const login& how);
  void begin_session(const login& how);
  void refuse_what_loses();
  void wait(short events, time deadline);
  void queue(int sent);
  void flush();
  void queue_prepare(const statement& what, const parameters& with);
  void queue_run(const statement& what, const parameters& with, format as);
  pg_result* next_result(time deadline);
  rows receive();
  [[noreturn]] void lose(const std::string& why);
  [[noreturn]] void fail(const pg_result* result);

  std::unique_ptr<pg_conn, closes> connection_;
  std::chrono::milliseconds patience_;
  time gives_up_at_ = time::max();
  const std::atomic<bool>* unwanted_;
  bool in_session_ = false;
  std::size_t answered_ = 0;  ///< of what was sent last, before the first refusal
  std::set<const char*> prepared_;
};

}  // namespace sagad::postgresql

#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>

#include "compensations/barrier/guard.hpp"
#include "tests/support/temporary_folder.hpp"

namespace sagad::barrier::test {

/// A database of its own for one test, gone with it: a file where a program links one implementation, a schema of
/// PostgreSQL's where it links the other.
class scratch_database {
 public:
  scratch_database();
  ~scratch_database();

  connection::options options(std::chrono::milliseconds wait_max = std::chrono::seconds(30)) const;

 private:
  sagad::tests::temporary_folder folder_;
  std::string place_;
};

/// Sees who waits for a lock of a database that is opened while it lives.
class lock_watch {
 public:
  lock_watch();
  ~lock_watch();

  /// Blocks until so many wait. False: they do not, for a patient while.
  bool callers_wait(std::size_t count);

 private:
  class parts;
  std::unique_ptr<parts> parts_;
};

/// A business with something to lose: each effect is a row.
class counted_business {
 public:
  explicit counted_business(connection& db) : db_(db) {
    db_.execute("CREATE TABLE IF NOT EXISTS happened(what TEXT NOT NULL)");
  }

  business doing(const std::string& what, business_result said) {
    return [this, what, said] {
      db_.prepare("INSERT INTO happened VALUES (?)").bind(what).run();
      return said;
    };
  }

  business failing(const std::string& what) {
    return [this, what]() -> business_result {
      db_.prepare("INSERT INTO happened VALUES (?)").bind(what).run();
      throw std::runtime_error("the business failed");
    };
  }

  std::int64_t times(const std::string& what) {
    auto select = db_.prepare("SELECT count(*) FROM happened WHERE what = ?");
    select.bind(what).step();
    return select.integer(0);
  }

 private:
  connection& db_;
};

inline constexpr const char* some_saga = "01HF7YAT0004HMASW9NF6YY093";

inline call action_call(std::int64_t generation = 1, const std::string& digest = "digest") {
  return {
      .saga = some_saga, .step = "escrow", .of = operation::action, .generation = generation, .request_digest = digest};
}

inline call compensation_call() {
  return {.saga = some_saga,
          .step = "escrow",
          .of = operation::compensation,
          .generation = 1,
          .request_digest = "the undo's own"};
}

inline business_result done_with(const std::string& body) {
  return {.what = decision::done, .status = 200, .body = body};
}
inline business_result rejected_with(const std::string& body) {
  return {.what = decision::rejected, .status = 409, .body = body};
}
inline business_result accepted_with(const std::string& body) {
  return {.what = decision::accepted, .status = 202, .body = body};
}

/// A point in time that the tests move by hand.
struct hand_clock {
  std::int64_t now_ms = 1'700'000'000'000;
  guard::clock reader() {
    return [this] { return now_ms; };
  }
};

/// What one process has of a database: a connection and a barrier of its own.
struct side {
  explicit side(const connection::options& how) : db(how), happened(db) {}

  answer perform(const call& of, const business_result& said) {
    return barrier.perform(of, happened.doing(of.of == operation::action ? "action" : "undo", said));
  }

  connection db;
  hand_clock clock;
  guard barrier{db, {}, clock.reader()};
  counted_business happened;
};

}  // namespace sagad::barrier::test

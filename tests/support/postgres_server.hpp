#pragma once

#include <sys/types.h>

#include <string>

#include "tests/support/temporary_folder.hpp"

namespace sagad::tests {

/// A PostgreSQL of the test program's own: begun when it is first asked for, ended with the program, whichever way that
/// ends. In memory, reached by a socket in its folder.
class postgres_server {
 public:
  static postgres_server& the();

  ~postgres_server();
  postgres_server(const postgres_server&) = delete;
  postgres_server& operator=(const postgres_server&) = delete;

  /// Of a database with a schema as the first in its search path.
  std::string url(const std::string& schema) const;
  std::string fresh_schema();
  /// With all that is in it. Sessions that sagad has left there are ended first, and what they still do with it: two
  /// that lock its tables in another order than this would wait for each other.
  void drop_schema(const std::string& schema) const;

  /// Ends it as a loss of power does, and begins it again.
  void restart();
  void fall();
  void start();
  /// Changes a setting while it runs (empty: back to the default), and waits until a new session has it.
  void set(const std::string& name, const std::string& value);

 private:
  postgres_server();
  void stop(int signal);

  temporary_folder folder_;
  pid_t process_ = 0;
  int schemas_ = 0;
};

/// A connection of a test's own, that waits for its answers.
class postgres_client {
 public:
  explicit postgres_client(const std::string& url);
  ~postgres_client();
  postgres_client(const postgres_client&) = delete;
  postgres_client& operator=(const postgres_client&) = delete;

  /// The first row's first value; empty: there is none. Throws std::runtime_error.
  std::string ask(const std::string& sql);

 private:
  void* connection_;
};

}  // namespace sagad::tests

#pragma once

#include <memory>
#include <string>

#include "contract.hpp"
#include "journal/postgres/postgres.hpp"
#include "tests/support/postgres_server.hpp"

namespace sagad::journal::tests {

using sagad::tests::postgres_client;
using sagad::tests::postgres_server;

/// A journal in a schema of its own.
class postgres_subject final : public subject {
 public:
  postgres_subject();
  ~postgres_subject() override;

  postgres::store& store() override { return *store_; }
  void reopen() override;
  /// The database itself sees to its indexes.
  void reopen_without_index() override { reopen(); }
  /// The database says of starts that its disk is full.
  void make_room_scarce(bool scarce) override;

  postgres::options& settings() { return settings_; }
  void close() { store_.reset(); }
  /// Opens it; the error's line, or empty.
  std::string open();
  std::string ask(const std::string& sql) { return postgres_client(settings_.url).ask(sql); }

 private:
  std::string schema_;
  postgres::options settings_;
  std::unique_ptr<postgres::store> store_;
};

}  // namespace sagad::journal::tests

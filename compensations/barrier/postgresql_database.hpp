#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "compensations/barrier/connection.hpp"
#include "compensations/barrier/database.hpp"
#include "postgresql/connection.hpp"

namespace sagad::barrier {

/// A database of PostgreSQL's. Whoever writes takes a turn first, a lock that lasts until the transaction's end, as the
/// lock of a file does: so what reads and then writes needs no locks of its own, however many processes share the
/// database. A connection that is lost is made anew by the next `begin`.
class postgresql_database final : public database {
 public:
  /// Throws sql_error.
  explicit postgresql_database(const connection::options& how);
  ~postgresql_database() override;

  void execute(const std::string& sql) override;
  void define(const std::string& schema) override;
  query& prepare(std::string_view sql) override;
  bool has_column(std::string_view table, std::string_view column) override;

  bool begin() override;
  void commit() override;
  void rollback() noexcept override;
  bool in_transaction() const noexcept override { return in_transaction_; }

  void set_savepoint() override;
  void keep_savepoint() override;
  void take_back_savepoint() override;

  std::int64_t changed() const noexcept override { return changed_; }
  std::string_view for_update() const noexcept override { return use_ == access::write ? " FOR UPDATE" : ""; }
  const std::string& damage() const noexcept override { return damage_; }
  std::string where() const override { return where_; }

 private:
  class postgresql_query;

  postgresql::rows run(const postgresql::statement& what, const postgresql::parameters& with);
  /// Does something with the session, and throws what came of it as sql_error.
  template <typename Work>
  auto in_session(Work&& work, std::string_view sql) -> decltype(work(std::declval<postgresql::connection&>()));
  void connect();
  void take_turn();
  bool is_there(const std::string& definition);
  [[noreturn]] void lose(const std::string& why);

  postgresql::login login_;
  access use_;
  std::string session_settings_;
  std::string where_;
  std::string damage_;  ///< none is known: it is the server that looks after its disks
  std::optional<postgresql::connection> session_;
  bool in_transaction_ = false;
  std::int64_t changed_ = 0;
  /// Savepoints that were set and kept since the last statement: sent with the next one.
  std::vector<std::string> unsent_;
  std::unordered_map<std::string, std::unique_ptr<postgresql_query>> queries_;
};

}  // namespace sagad::barrier

#include "compensations/barrier/postgresql_database.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "compensations/barrier/postgresql_words.hpp"
#include "compensations/barrier/sql_error.hpp"
#include "postgresql/advice.hpp"
#include "postgresql/url.hpp"

namespace sagad::barrier {
namespace {

// The lock's name is the barrier's table: whoever reaches it by whatever path waits for whoever else does. Before there
// is one, the schema in which it will be made. 0x5A6A is ours among the advisory locks of a database.
constexpr postgresql::statement turn{
    "turn",
    "SELECT pg_advisory_xact_lock(23146, coalesce(CAST(CAST(to_regclass('barrier') AS oid) AS int4), "
    "hashtext(current_schema())))"};
constexpr postgresql::statement find_schema{"find_schema", "SELECT current_schema()"};
constexpr postgresql::statement find_table{"find_table", "SELECT to_regclass($1)"};
constexpr postgresql::statement find_column{
    "find_column", "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2 AND NOT attisdropped"};
constexpr int turns_tried = 30;  // by who starts: each for wait_max

constexpr const char* lock_not_available = "55P03";

}  // namespace

class postgresql_database::postgresql_query final : public query {
 public:
  postgresql_query(std::string sql, std::size_t number, postgresql_database& owner)
      : sql_(std::move(sql)), name_("q" + std::to_string(number)), owner_(owner) {}

  void bind(std::int64_t value) override { parameters_.int8(value); }
  void bind(std::string_view value) override { parameters_.text(value); }
  void bind_null() override { parameters_.null(); }

  bool step() override {
    if (rows_) {
      ++row_;
    } else {
      rows_.emplace(owner_.run({name_.c_str(), sql_.c_str()}, parameters_));
      row_ = 0;
    }
    return row_ < rows_->size();
  }

  bool is_null(int column) const noexcept override { return !stands() || rows_->is_null(row_, column); }

  std::int64_t integer(int column) const override {
    if (is_null(column)) return 0;
    const auto text = rows_->bytes(row_, column);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
      throw sql_error("not an integer of 64 bits: " + std::string(text) + " in: " + sql_);
    }
    return value;
  }

  std::string_view bytes(int column) const noexcept override {
    return stands() ? rows_->bytes(row_, column) : std::string_view();
  }

  void reset() noexcept override {
    rows_.reset();
    parameters_ = {};
  }

 private:
  bool stands() const noexcept { return rows_ && row_ < rows_->size(); }

  std::string sql_;
  std::string name_;
  postgresql_database& owner_;
  postgresql::parameters parameters_;
  std::optional<postgresql::rows> rows_;
  int row_ = 0;
};

postgresql_database::postgresql_database(const connection::options& how) : use_(how.use) {
  if (postgresql::has_password(how.place)) throw sql_error(std::string(postgresql::password_advice));
  login_.url = how.place;
  login_.application = how.application + (use_ == access::write ? " writer" : " reader");
  session_settings_ = "SET lock_timeout = " + std::to_string(std::max<std::int64_t>(1, how.wait_max.count()));
  if (use_ == access::read) session_settings_ += "; SET default_transaction_read_only = on";
  connect();
}

postgresql_database::~postgresql_database() = default;

void postgresql_database::connect() {
  try {
    session_.emplace(login_);
    where_ = session_->where();
    session_->run_all(session_settings_);
    if (session_->run(find_schema).is_null(0, 0)) {
      session_.reset();
      throw sql_error(
          "the database " + where_ +
          " has no schema for the tables: its search_path names none that there is. CREATE SCHEMA makes one");
    }
  } catch (const postgresql::connection_lost& lost) {
    session_.reset();
    throw database_away("cannot connect to the database: " + std::string(lost.what()) + advice_on(lost));
  } catch (const postgresql::settings_refused& refused) {
    session_.reset();
    throw sql_error("the database is not safe: " + std::string(refused.what()));
  } catch (const postgresql::statement_failed& failed) {
    session_.reset();
    throw sql_error("the database refuses to be used: " + std::string(failed.what()));
  }
}

void postgresql_database::lose(const std::string& why) {
  session_.reset();
  unsent_.clear();
  if (std::exchange(in_transaction_, false)) throw transaction_lost("the connection to the database is gone: " + why);
  throw database_away("the connection to the database is gone: " + why);
}

template <typename Work>
auto postgresql_database::in_session(Work&& work, std::string_view sql)
    -> decltype(work(std::declval<postgresql::connection&>())) {
  if (!session_) {
    if (in_transaction_) lose("it was lost before");
    connect();
  }
  try {
    return work(*session_);
  } catch (const postgresql::connection_lost& lost) {
    lose(lost.what());
  } catch (const postgresql::statement_failed& failed) {
    const std::string text = std::string(failed.what()) + " in: " + std::string(sql) + advice_on(failed);
    if (failed.state() == lock_not_available) throw lock_kept(text);
    throw sql_error(text);
  }
}

void postgresql_database::execute(const std::string& sql) {
  in_session(
      [&](postgresql::connection& session) {
        // What was set before is sent before.
        std::string all;
        for (const auto& command : std::exchange(unsent_, {})) all += command + ";";
        changed_ = session.run_all(all + sql).changed();
      },
      sql);
}

postgresql::rows postgresql_database::run(const postgresql::statement& what, const postgresql::parameters& with) {
  return in_session(
      [&](postgresql::connection& session) {
        auto found = session.run_after(std::exchange(unsent_, {}), what, with, postgresql::format::text);
        if (!found.command().starts_with("SELECT")) changed_ = found.changed();
        return found;
      },
      what.sql);
}

query& postgresql_database::prepare(std::string_view sql) {
  auto [place, fresh] = queries_.try_emplace(std::string(sql), nullptr);
  if (fresh) {
    place->second = std::make_unique<postgresql_query>(postgresql_words::numbered(sql), queries_.size(), *this);
  }
  return *place->second;
}

bool postgresql_database::has_column(std::string_view table, std::string_view column) {
  return !run(find_column, postgresql::parameters().text(table).text(column)).empty();
}

// Asked first: making what is there already needs rights that whoever uses it need not have.
bool postgresql_database::is_there(const std::string& definition) {
  const auto name = postgresql_words::defined_name(definition);
  return !name.empty() && !run(find_table, postgresql::parameters().text(name)).is_null(0, 0);
}

// In one turn: of two processes that start at once the other finds them made.
void postgresql_database::define(const std::string& schema) {
  const bool own = !in_transaction_;
  if (own) {
    int tries = 0;
    while (!begin()) {
      if (++tries == turns_tried) throw lock_kept("another process keeps the database " + where_ + " to itself");
    }
  }
  try {
    for (const auto& one : postgresql_words::definitions(schema)) {
      if (!is_there(one)) execute(one);
    }
    if (own) commit();
  } catch (...) {
    if (own) rollback();
    throw;
  }
}

bool postgresql_database::begin() {
  const bool was_connected = session_.has_value();
  try {
    take_turn();
  } catch (const lock_kept&) {
    rollback();
    return false;
  } catch (const database_away&) {
    // The server was begun anew since, perhaps: nothing has been done yet.
    if (!was_connected) throw;
    take_turn();
  }
  return true;
}

void postgresql_database::take_turn() {
  // Not in a transaction until it is known to have begun: what fails here has lost nothing.
  in_session(
      [this](postgresql::connection& session) {
        if (use_ == access::read) {
          session.run_all("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        } else {
          session.run_after({"BEGIN"}, turn, {}, postgresql::format::text);
        }
      },
      turn.sql);
  in_transaction_ = true;
}

void postgresql_database::commit() {
  if (!session_) lose("it was lost before");
  std::string all;
  for (const auto& command : std::exchange(unsent_, {})) all += command + ";";
  in_transaction_ = false;
  std::string ended;
  try {
    ended = session_->run_all(all + "COMMIT").command();
  } catch (const postgresql::connection_lost& lost) {
    session_.reset();
    throw commit_unknown("the connection to the database went while it committed, it is not known whether it has: " +
                         std::string(lost.what()));
  } catch (const postgresql::statement_failed& failed) {
    rollback();
    throw sql_error(std::string(failed.what()) + " in: COMMIT");
  }
  // That of a transaction in which a statement was refused, and nobody took it back, is a rollback.
  if (ended != "COMMIT") throw transaction_lost("the transaction had failed: the database has rolled it back");
}

void postgresql_database::rollback() noexcept {
  in_transaction_ = false;
  unsent_.clear();
  if (!session_ || session_->usable()) return;
  try {
    session_->run_all("ROLLBACK");
  } catch (const std::exception&) {
    session_.reset();
  }
}

// One name serves all: ROLLBACK TO and RELEASE name the innermost.
void postgresql_database::set_savepoint() {
  unsent_.emplace_back("SAVEPOINT part");
}

void postgresql_database::keep_savepoint() {
  if (!session_) lose("it was lost before");
  if (session_->has_failed_transaction()) throw sql_error("a statement of the transaction was refused");
  if (!unsent_.empty() && unsent_.back() == "SAVEPOINT part") {
    unsent_.pop_back();  // nothing happened in it
  } else {
    unsent_.emplace_back("RELEASE part");
  }
}

void postgresql_database::take_back_savepoint() {
  if (!unsent_.empty() && unsent_.back() == "SAVEPOINT part") {
    unsent_.pop_back();
    return;
  }
  // An inner one's end is of no consequence any more; its beginning was sent, or is in what goes.
  execute("ROLLBACK TO part; RELEASE part");
}

}  // namespace sagad::barrier

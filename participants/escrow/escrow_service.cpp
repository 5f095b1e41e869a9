#include "participants/escrow/escrow_service.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "compensations/barrier/sql_error.hpp"
#include "participants/sdk/checked_math.hpp"
#include "participants/sdk/json_reader.hpp"
#include "participants/sdk/json_writer.hpp"
#include "participants/sdk/problem.hpp"

namespace sagad::participants {
namespace {

using barrier::business_result;
using barrier::connection;

constexpr const char* schema = R"(
CREATE TABLE IF NOT EXISTS accounts(account TEXT PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance >= 0)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS holds(
  id INTEGER PRIMARY KEY AUTOINCREMENT, saga TEXT NOT NULL, step TEXT NOT NULL, account TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0), state TEXT NOT NULL CHECK (state IN ('held', 'settled', 'released')),
  paid_to TEXT, UNIQUE (saga, step));
)";

constexpr const char* hold_example = R"({"account": "alice", "amount": 250})";
constexpr const char* settle_example = R"({"hold": "h-17", "to": "bob"})";
constexpr const char* accounts_example = R"([{"account": "alice", "balance": 1000}])";

std::optional<std::int64_t> balance_of(connection& db, const std::string& account) {
  auto select = db.prepare("SELECT balance FROM accounts WHERE account = ?");
  return select.bind(account).step() ? std::optional(select.integer(0)) : std::nullopt;
}

void set_balance(connection& db, const std::string& account, std::int64_t balance) {
  db.prepare("INSERT INTO accounts VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET balance = excluded.balance")
      .bind(account, balance)
      .run();
}

/// False: no such account, or its balance would leave 64 bits.
bool credit(connection& db, const std::string& account, std::int64_t amount) {
  const auto balance = balance_of(db, account);
  const auto sum = balance ? checked_add(*balance, amount) : std::nullopt;
  if (sum) set_balance(db, account, *sum);
  return sum.has_value();
}

std::string hold_name(std::int64_t id) {
  return "h-" + std::to_string(id);
}

std::optional<std::int64_t> hold_id(const std::string& name) {
  std::int64_t id = 0;
  if (!name.starts_with("h-")) return std::nullopt;
  const auto [end, error] = std::from_chars(name.data() + 2, name.data() + name.size(), id);
  return error == std::errc() && end == name.data() + name.size() ? std::optional(id) : std::nullopt;
}

std::string hold_reply(std::int64_t id, std::int64_t amount) {
  json_writer out;
  out.open_object();
  out.text("hold", hold_name(id));
  out.integer("amount", amount);
  out.close_object();
  return out.take();
}

business_result hold(transaction& tx, const http_request& asked) {
  json_reader body(asked.body, hold_example);
  const std::string account = body.text("account");
  const std::int64_t amount = body.integer("amount");
  body.finish();
  const auto balance = balance_of(tx.db, account);
  if (!balance) return rejected("unknown-account", "There is no account " + account + ".");
  if (*balance < amount) {
    return rejected("insufficient-funds",
                    "The account has " + std::to_string(*balance) + ", the hold needs " + std::to_string(amount) + ".");
  }
  set_balance(tx.db, account, *balance - amount);
  auto insert =
      tx.db.prepare("INSERT INTO holds(saga, step, account, amount, state) VALUES (?, ?, ?, ?, 'held') RETURNING id");
  insert.bind(tx.of.saga, tx.of.step, account, amount).step();
  return done(hold_reply(insert.integer(0), amount));
}

struct found_hold {
  std::int64_t id = 0;
  std::string saga;
  std::string account;
  std::int64_t amount = 0;
  std::string state;
};

found_hold read_hold(const barrier::statement& row) {
  return {row.integer(0), row.text(1), row.text(2), row.integer(3), row.text(4)};
}

/// An undo must work when the action's answer was never seen: the hold is found by who asked for it.
business_result release(transaction& tx, const http_request&) {
  std::optional<found_hold> found;
  {
    auto select = tx.db.prepare("SELECT id, saga, account, amount, state FROM holds WHERE saga = ? AND step = ?");
    if (select.bind(tx.of.saga, tx.of.step).step()) found = read_hold(select);
  }
  if (!found) return rejected("no-hold", "This step made no hold.");
  if (found->state != "held") return rejected("hold-" + found->state, "The hold is " + found->state + " already.");
  if (!credit(tx.db, found->account, found->amount)) {
    return rejected("overflow", "The account cannot take the money back.");
  }
  tx.db.prepare("UPDATE holds SET state = 'released' WHERE id = ?").bind(found->id).run();
  return done(hold_reply(found->id, found->amount));
}

business_result settle(transaction& tx, const http_request& asked) {
  json_reader body(asked.body, settle_example);
  const std::string name = body.text("hold");
  const std::string to = body.text("to");
  body.finish();
  std::optional<found_hold> found;
  if (const auto id = hold_id(name)) {
    auto select = tx.db.prepare("SELECT id, saga, account, amount, state FROM holds WHERE id = ?");
    if (select.bind(*id).step()) found = read_hold(select);
  }
  // Another saga's hold is none of this one's business, not even that it exists.
  if (!found || found->saga != tx.of.saga) return rejected("unknown-hold", "This saga has no hold " + name + ".");
  if (found->state != "held") return rejected("hold-" + found->state, "The hold is " + found->state + " already.");
  if (!balance_of(tx.db, to)) return rejected("unknown-account", "There is no account " + to + ".");
  if (!credit(tx.db, to, found->amount)) return rejected("overflow", "The account cannot hold that much.");
  tx.db.prepare("UPDATE holds SET state = 'settled', paid_to = ? WHERE id = ?").bind(to, found->id).run();
  return done(hold_reply(found->id, found->amount));
}

std::int64_t total(connection& db) {
  // SQLite's sum() fails rather than wrap, PostgreSQL's is of any size, and then no integer.
  auto select = db.prepare(
      "SELECT (SELECT coalesce(sum(balance), 0) FROM accounts), (SELECT coalesce(sum(amount), 0) FROM holds WHERE "
      "state "
      "= 'held')");
  select.step();
  const auto sum = checked_add(select.integer(0), select.integer(1));
  if (!sum) throw bad_input("All the money together must fit into 64 bits.");
  return *sum;
}

http_reply seed(connection& db, const http_request& asked, const path_values&) {
  const std::size_t count = json_reader::for_each(asked.body, accounts_example, [&db](json_reader& one) {
    const std::string account = one.text("account");
    set_balance(db, account, one.integer("balance", 0));
  });
  std::int64_t money = 0;
  try {
    money = total(db);
  } catch (const barrier::sql_error&) {
    throw bad_input("All the money together must fit into 64 bits.");
  }
  json_writer out;
  out.open_object();
  out.integer("accounts", static_cast<std::int64_t>(count));
  out.integer("total", money);
  out.close_object();
  return {.status = 200, .headers = {}, .body = out.take()};
}

struct state_sum {
  std::int64_t count = 0;
  std::int64_t amount = 0;
};

state_sum sum_of_holds(connection& db, const char* state) {
  auto select = db.prepare("SELECT count(*), coalesce(sum(amount), 0) FROM holds WHERE state = ?");
  select.bind(state).step();
  return {select.integer(0), select.integer(1)};
}

http_reply books(connection& db, const http_request&, const path_values&) {
  json_writer out;
  out.open_object();
  {
    auto select = db.prepare("SELECT count(*), coalesce(sum(balance), 0) FROM accounts");
    select.step();
    out.integer("accounts", select.integer(0));
    out.integer("balances", select.integer(1));
  }
  constexpr std::array<const char*, 3> states{"held", "settled", "released"};
  std::array<state_sum, 3> sums;
  for (std::size_t i = 0; i < states.size(); ++i) {
    sums[i] = sum_of_holds(db, states[i]);
    out.integer(states[i], sums[i].amount);
  }
  out.integer("total", total(db));
  out.open_object("holds");
  for (std::size_t i = 0; i < states.size(); ++i) out.integer(states[i], sums[i].count);
  out.close_object();
  out.close_object();
  return {.status = 200, .headers = {}, .body = out.take()};
}

http_reply show_account(connection& db, const http_request&, const path_values& values) {
  const std::string& account = values.at("account");
  const auto balance = balance_of(db, account);
  if (!balance) return problem_reply("unknown-account", "no such account", 404, "POST /admin/accounts makes one.");
  auto held = db.prepare("SELECT coalesce(sum(amount), 0) FROM holds WHERE account = ? AND state = 'held'");
  held.bind(account).step();
  json_writer out;
  out.open_object();
  out.text("account", account);
  out.integer("balance", *balance);
  out.integer("held", held.integer(0));
  out.close_object();
  return {.status = 200, .headers = {}, .body = out.take()};
}

}  // namespace

service escrow_service() {
  service made;
  made.name = "escrow";
  made.description = "accounts, and money held until it is settled or released";
  made.port_default = 8101;
  made.schema = schema;
  made.calls = {{"/v1/holds", barrier::operation::action, &hold},
                {"/v1/holds/release", barrier::operation::compensation, &release},
                {"/v1/holds/settle", barrier::operation::action, &settle}};
  made.plain = {{"GET", "/v1/accounts/{account}", &show_account},
                {"POST", "/admin/accounts", &seed},
                {"GET", "/admin/books", &books}};
  return made;
}

}  // namespace sagad::participants

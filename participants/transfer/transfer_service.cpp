#include "participants/transfer/transfer_service.hpp"

#include <array>
#include <charconv>
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
CREATE TABLE IF NOT EXISTS items(
  owner TEXT NOT NULL, item TEXT NOT NULL, quantity INTEGER NOT NULL CHECK (quantity >= 0),
  PRIMARY KEY (owner, item)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reservations(
  id INTEGER PRIMARY KEY AUTOINCREMENT, saga TEXT NOT NULL, step TEXT NOT NULL, item TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity > 0), from_owner TEXT NOT NULL, to_owner TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('reserved', 'delivered', 'released')), UNIQUE (saga, step));
)";

constexpr const char* reserve_example = R"({"item": "sword", "quantity": 1, "from": "bob", "to": "alice"})";
constexpr const char* deliver_example = R"({"reservation": "r-17"})";
constexpr const char* items_example = R"([{"owner": "bob", "item": "sword", "quantity": 3}])";

std::int64_t quantity_of(connection& db, const std::string& owner, const std::string& item) {
  auto select = db.prepare("SELECT quantity FROM items WHERE owner = ? AND item = ?");
  return select.bind(owner, item).step() ? select.integer(0) : 0;
}

void set_quantity(connection& db, const std::string& owner, const std::string& item, std::int64_t quantity) {
  db.prepare("INSERT INTO items VALUES (?, ?, ?) ON CONFLICT (owner, item) DO UPDATE SET quantity = excluded.quantity")
      .bind(owner, item, quantity)
      .run();
}

/// False: the owner's quantity would leave 64 bits.
bool give(connection& db, const std::string& owner, const std::string& item, std::int64_t quantity) {
  const auto sum = checked_add(quantity_of(db, owner, item), quantity);
  if (sum) set_quantity(db, owner, item, *sum);
  return sum.has_value();
}

struct reservation {
  std::int64_t id = 0;
  std::string saga;
  std::string item;
  std::int64_t quantity = 0;
  std::string from;
  std::string to;
  std::string state;
};

reservation read_reservation(const barrier::statement& row) {
  return {row.integer(0), row.text(1), row.text(2), row.integer(3), row.text(4), row.text(5), row.text(6)};
}

std::string reservation_name(std::int64_t id) {
  return "r-" + std::to_string(id);
}

std::optional<std::int64_t> reservation_id(const std::string& name) {
  std::int64_t id = 0;
  if (!name.starts_with("r-")) return std::nullopt;
  const auto [end, error] = std::from_chars(name.data() + 2, name.data() + name.size(), id);
  return error == std::errc() && end == name.data() + name.size() ? std::optional(id) : std::nullopt;
}

std::string reservation_reply(std::int64_t id, const std::string& item, std::int64_t quantity) {
  json_writer out;
  out.open_object();
  out.text("reservation", reservation_name(id));
  out.text("item", item);
  out.integer("quantity", quantity);
  out.close_object();
  return out.take();
}

business_result reserve(transaction& tx, const http_request& asked) {
  json_reader body(asked.body, reserve_example);
  const std::string item = body.text("item");
  const std::int64_t quantity = body.integer("quantity");
  const std::string from = body.text("from");
  const std::string to = body.text("to");
  body.finish();
  const std::int64_t owned = quantity_of(tx.db, from, item);
  if (owned < quantity) {
    return rejected("not-enough-items", from + " has " + std::to_string(owned) + " of " + item + ", " +
                                            std::to_string(quantity) + " are asked for.");
  }
  set_quantity(tx.db, from, item, owned - quantity);
  auto insert = tx.db.prepare(
      "INSERT INTO reservations(saga, step, item, quantity, from_owner, to_owner, state) VALUES (?, ?, ?, ?, ?, ?, "
      "'reserved') RETURNING id");
  insert.bind(tx.of.saga, tx.of.step, item, quantity, from, to).step();
  return done(reservation_reply(insert.integer(0), item, quantity));
}

void set_state(connection& db, std::int64_t id, const char* state) {
  db.prepare("UPDATE reservations SET state = ? WHERE id = ?").bind(state, id).run();
}

/// An undo must work when the action's answer was never seen: the reservation is found by who asked for it.
business_result release(transaction& tx, const http_request&) {
  std::optional<reservation> found;
  {
    auto select = tx.db.prepare(
        "SELECT id, saga, item, quantity, from_owner, to_owner, state FROM reservations WHERE saga = ? AND step = ?");
    if (select.bind(tx.of.saga, tx.of.step).step()) found = read_reservation(select);
  }
  if (!found) return rejected("no-reservation", "This step made no reservation.");
  if (found->state != "reserved") {
    return rejected("reservation-" + found->state, "The reservation is " + found->state + " already.");
  }
  if (!give(tx.db, found->from, found->item, found->quantity)) {
    return rejected("overflow", "The owner cannot take the items back.");
  }
  set_state(tx.db, found->id, "released");
  return done(reservation_reply(found->id, found->item, found->quantity));
}

business_result deliver(transaction& tx, const http_request& asked) {
  json_reader body(asked.body, deliver_example);
  const std::string name = body.text("reservation");
  body.finish();
  std::optional<reservation> found;
  if (const auto id = reservation_id(name)) {
    auto select =
        tx.db.prepare("SELECT id, saga, item, quantity, from_owner, to_owner, state FROM reservations WHERE id = ?");
    if (select.bind(*id).step()) found = read_reservation(select);
  }
  if (!found || found->saga != tx.of.saga) {
    return rejected("unknown-reservation", "This saga has no reservation " + name + ".");
  }
  if (found->state != "reserved") {
    return rejected("reservation-" + found->state, "The reservation is " + found->state + " already.");
  }
  if (!give(tx.db, found->to, found->item, found->quantity)) {
    return rejected("overflow", "The owner cannot hold that many.");
  }
  set_state(tx.db, found->id, "delivered");
  return done(reservation_reply(found->id, found->item, found->quantity));
}

http_reply seed(connection& db, const http_request& asked, const path_values&) {
  const std::size_t count = json_reader::for_each(asked.body, items_example, [&db](json_reader& one) {
    const std::string owner = one.text("owner");
    const std::string item = one.text("item");
    set_quantity(db, owner, item, one.integer("quantity", 0));
  });
  try {
    auto sums = db.prepare(
        "SELECT sum(quantity) FROM (SELECT quantity FROM items UNION ALL SELECT quantity FROM reservations WHERE state "
        "= 'reserved') AS all_items");
    sums.step();
    sums.integer(0);  // where the database adds up beyond 64 bits, this fails
  } catch (const barrier::sql_error&) {
    throw bad_input("All the items together must fit into 64 bits.");
  }
  json_writer out;
  out.open_object();
  out.integer("items", static_cast<std::int64_t>(count));
  out.close_object();
  return {.status = 200, .headers = {}, .body = out.take()};
}

struct state_sum {
  std::int64_t count = 0;
  std::int64_t quantity = 0;
};

state_sum sum_of_reservations(connection& db, const char* state) {
  auto select = db.prepare("SELECT count(*), coalesce(sum(quantity), 0) FROM reservations WHERE state = ?");
  select.bind(state).step();
  return {select.integer(0), select.integer(1)};
}

http_reply books(connection& db, const http_request&, const path_values&) {
  constexpr std::array<const char*, 3> states{"reserved", "delivered", "released"};
  std::array<state_sum, 3> sums;
  for (std::size_t i = 0; i < states.size(); ++i) sums[i] = sum_of_reservations(db, states[i]);
  auto select = db.prepare("SELECT count(DISTINCT item), coalesce(sum(quantity), 0) FROM items");
  select.step();
  json_writer out;
  out.open_object();
  out.integer("items", select.integer(0));
  out.integer("owned", select.integer(1));
  for (std::size_t i = 0; i < states.size(); ++i) out.integer(states[i], sums[i].quantity);
  out.integer("total", checked_add(select.integer(1), sums[0].quantity).value());
  out.open_object("reservations");
  for (std::size_t i = 0; i < states.size(); ++i) out.integer(states[i], sums[i].count);
  out.close_object();
  out.close_object();
  return {.status = 200, .headers = {}, .body = out.take()};
}

http_reply show_owner(connection& db, const http_request&, const path_values& values) {
  json_writer out;
  out.open_object();
  out.text("owner", values.at("owner"));
  out.open_array("items");
  auto rows = db.prepare("SELECT item, quantity FROM items WHERE owner = ? AND quantity > 0 ORDER BY item LIMIT 1000");
  rows.bind(values.at("owner"));
  while (rows.step()) {
    out.open_object();
    out.text("item", rows.bytes(0));
    out.integer("quantity", rows.integer(1));
    out.close_object();
  }
  out.close_array();
  out.close_object();
  return {.status = 200, .headers = {}, .body = out.take()};
}

}  // namespace

service transfer_service() {
  service made;
  made.name = "transfer";
  made.description = "who owns which items, and items reserved until they are delivered or released";
  made.port_default = 8102;
  made.schema = schema;
  made.calls = {{"/v1/reservations", barrier::operation::action, &reserve},
                {"/v1/reservations/release", barrier::operation::compensation, &release},
                {"/v1/reservations/deliver", barrier::operation::action, &deliver}};
  made.plain = {
      {"GET", "/v1/owners/{owner}", &show_owner}, {"POST", "/admin/items", &seed}, {"GET", "/admin/books", &books}};
  return made;
}

}  // namespace sagad::participants

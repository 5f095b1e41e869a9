#include "participants/rate/rate_service.hpp"

#include <optional>
#include <utility>

#include "participants/sdk/checked_math.hpp"
#include "participants/sdk/json_reader.hpp"
#include "participants/sdk/json_writer.hpp"
#include "participants/sdk/problem.hpp"

namespace sagad::participants {
namespace {

using barrier::business_result;
using barrier::connection;

constexpr const char* schema = R"(
CREATE TABLE IF NOT EXISTS sales(
  seq INTEGER PRIMARY KEY AUTOINCREMENT, saga TEXT NOT NULL, step TEXT NOT NULL, item TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity > 0), price INTEGER NOT NULL CHECK (price > 0), at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS rates(
  item TEXT PRIMARY KEY, sales INTEGER NOT NULL, volume INTEGER NOT NULL, value INTEGER NOT NULL,
  last_price INTEGER NOT NULL, last_at INTEGER NOT NULL) WITHOUT ROWID;
)";

constexpr const char* sale_example = R"({"item": "sword", "quantity": 1, "price": 250})";

struct sale {
  std::string item;
  std::int64_t quantity = 0;
  std::int64_t price = 0;
  std::int64_t at_ms = 0;
};

struct rate {
  std::int64_t sales = 0;
  std::int64_t volume = 0;
  std::int64_t value = 0;
  std::int64_t last_price = 0;
  std::int64_t last_at_ms = 0;
};

std::optional<rate> find_rate(connection& db, const std::string& item) {
  auto select = db.prepare("SELECT sales, volume, value, last_price, last_at FROM rates WHERE item = ?");
  if (!select.bind(item).step()) return std::nullopt;
  return rate{select.integer(0), select.integer(1), select.integer(2), select.integer(3), select.integer(4)};
}

/// The projection's one rule. Empty: a sum would leave 64 bits.
std::optional<rate> after_sale(const rate& before, const sale& event) {
  const auto worth = checked_multiply(event.quantity, event.price);
  const auto value = worth ? checked_add(before.value, *worth) : std::nullopt;
  const auto volume = checked_add(before.volume, event.quantity);
  if (!value || !volume) return std::nullopt;
  return rate{before.sales + 1, *volume, *value, event.price, event.at_ms};
}

void store_rate(connection& db, const std::string& item, const rate& now) {
  db.prepare(
        "INSERT INTO rates(item, sales, volume, value, last_price, last_at) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (item) DO UPDATE SET sales = excluded.sales, volume = excluded.volume, value = excluded.value, "
        "last_price = excluded.last_price, last_at = excluded.last_at")
      .bind(item, now.sales, now.volume, now.value, now.last_price, now.last_at_ms)
      .run();
}

/// value / volume with four decimals, cut: exact by long division, where value * 10000 might overflow.
std::string average_text(std::int64_t value, std::int64_t volume) {
  std::string text = std::to_string(value / volume) + ".";
  auto rest = static_cast<std::uint64_t>(value % volume);
  const auto divisor = static_cast<std::uint64_t>(volume);
  for (int digits = 0; digits < 4; ++digits) {
    // Ten times the rest may pass 64 bits: counted up in steps that cannot.
    std::uint64_t digit = 0;
    std::uint64_t sum = 0;
    for (int i = 0; i < 10; ++i) {
      if (sum >= divisor - rest) {
        sum -= divisor - rest;
        ++digit;
      } else {
        sum += rest;
      }
    }
    text += static_cast<char>('0' + digit);
    rest = sum;
  }
  return text;
}

void write_rate(json_writer& out, std::string_view name, const std::string& item, const rate& now) {
  out.open_object(name);
  out.text("item", item);
  out.integer("last_price", now.last_price);
  out.text("average_price", average_text(now.value, now.volume));
  out.integer("volume", now.volume);
  out.integer("value", now.value);
  out.integer("sales", now.sales);
  out.close_object();
}

business_result sell(transaction& tx, const http_request& asked) {
  json_reader body(asked.body, sale_example);
  const sale event{body.text("item"), body.integer("quantity"), body.integer("price"), tx.now_ms};
  body.finish();
  const auto now = after_sale(find_rate(tx.db, event.item).value_or(rate{}), event);
  if (!now) return rejected("overflow", "The item's sales together would not fit into 64 bits.");
  tx.db.prepare("INSERT INTO sales(saga, step, item, quantity, price, at) VALUES (?, ?, ?, ?, ?, ?)")
      .bind(tx.of.saga, tx.of.step, event.item, event.quantity, event.price, event.at_ms)
      .run();
  store_rate(tx.db, event.item, *now);
  json_writer out;
  out.open_object();
  write_rate(out, "rate", event.item, *now);
  out.close_object();
  return done(out.take());
}

http_reply show_rate(connection& db, const http_request&, const path_values& values) {
  const auto found = find_rate(db, values.at("item"));
  if (!found) return problem_reply("unknown-item", "nothing was sold yet", 404, "POST /v1/sales reports a sale.");
  json_writer out;
  write_rate(out, {}, values.at("item"), *found);
  return {.status = 200, .headers = {}, .body = out.take()};
}

http_reply rebuild(connection& db, const http_request&, const path_values&) {
  db.prepare("DELETE FROM rates").run();
  auto events = db.prepare("SELECT item, quantity, price, at FROM sales ORDER BY seq");
  std::int64_t count = 0;
  while (events.step()) {
    const sale event{events.text(0), events.integer(1), events.integer(2), events.integer(3)};
    store_rate(db, event.item, after_sale(find_rate(db, event.item).value_or(rate{}), event).value());
    ++count;
  }
  json_writer out;
  out.open_object();
  out.integer("sales", count);
  out.close_object();
  return {.status = 200, .headers = {}, .body = out.take()};
}

http_reply books(connection& db, const http_request&, const path_values&) {
  auto select = db.prepare(
      "SELECT count(*), coalesce(sum(quantity), 0), coalesce(sum(quantity * price), 0), count(DISTINCT item) FROM "
      "sales");
  select.step();
  json_writer out;
  out.open_object();
  out.integer("sales", select.integer(0));
  out.integer("volume", select.integer(1));
  out.integer("value", select.integer(2));
  out.integer("items", select.integer(3));
  out.close_object();
  return {.status = 200, .headers = {}, .body = out.take()};
}

}  // namespace

service rate_service() {
  service made;
  made.name = "rate";
  made.description = "what items sell for: sales as events, rates as their projection";
  made.port_default = 8103;
  made.schema = schema;
  made.calls = {{"/v1/sales", barrier::operation::action, &sell}};
  made.plain = {{"GET", "/v1/items/{item}/rate", &show_rate},
                {"POST", "/admin/rebuild", &rebuild},
                {"GET", "/admin/books", &books}};
  return made;
}

}  // namespace sagad::participants

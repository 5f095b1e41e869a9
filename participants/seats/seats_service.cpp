#include "participants/seats/seats_service.hpp"

#include <string>

#include "participants/sdk/json_reader.hpp"
#include "participants/sdk/json_writer.hpp"

namespace sagad::participants {
namespace {

using barrier::business_result;

// snippet: tables
constexpr const char* schema = R"(
CREATE TABLE IF NOT EXISTS seats(
  show TEXT NOT NULL, seat TEXT NOT NULL, saga TEXT NOT NULL, step TEXT NOT NULL,
  PRIMARY KEY (show, seat), UNIQUE (saga, step)) WITHOUT ROWID;
)";
// snippet: end

// snippet: action
business_result take(transaction& tx, const http_request& asked) {
  json_reader body(asked.body, R"({"show": "hamlet", "seat": "B7"})");  // shown to whoever sends something else
  const std::string show = body.text("show");
  const std::string seat = body.text("seat");
  body.finish();  // refuses members that nobody asked for

  tx.db.prepare("INSERT INTO seats VALUES (?, ?, ?, ?) ON CONFLICT (show, seat) DO NOTHING")
      .bind(show, seat, tx.of.saga, tx.of.step)
      .run();
  if (tx.db.changed() == 0) return rejected("seat-taken", "Seat " + seat + " of " + show + " is taken.");

  json_writer reply;
  reply.open_object();
  reply.text("show", show);
  reply.text("seat", seat);
  reply.close_object();
  return done(reply.take());
}
// snippet: end

// snippet: compensation
business_result give_back(transaction& tx, const http_request&) {
  tx.db.prepare("DELETE FROM seats WHERE saga = ? AND step = ?").bind(tx.of.saga, tx.of.step).run();
  return done(R"({"given_back": true})");
}
// snippet: end

// snippet: look
http_reply show_taken(barrier::connection& db, const http_request&, const path_values& values) {
  auto rows = db.prepare("SELECT count(*) FROM seats WHERE show = ?");
  rows.bind(values.at("show")).step();
  return {.status = 200, .headers = {}, .body = R"({"taken": )" + std::to_string(rows.integer(0)) + "}"};
}
// snippet: end

}  // namespace

// snippet: service
service seats_service() {
  service made;
  made.name = "seats";
  made.description = "seats of shows, each taken once";
  made.port_default = 8104;
  made.schema = schema;
  made.calls = {{"/v1/seats", barrier::operation::action, &take},
                {"/v1/seats/back", barrier::operation::compensation, &give_back}};
  made.plain = {{"GET", "/v1/shows/{show}", &show_taken}};
  return made;
}
// snippet: end

}  // namespace sagad::participants

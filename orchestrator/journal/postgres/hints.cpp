#include "journal/postgres/hints.hpp"

#include <utility>

namespace sagad::journal::postgres {
namespace {

// PostgreSQL's alone: where it is not, whoever waits looks a little later.
constexpr statement hints{"message_hints", "SELECT pg_notify($1, h.what) FROM unnest($2::TEXT[]) AS h (what)"};

}  // namespace

void give_hints(connection& database, const std::string& channel, const std::vector<std::string>& all) {
  column texts(type::text);
  for (const auto& one : all) texts.add_bytes(one);
  try {
    database.run(hints, parameters().text(channel).array(std::move(texts)));
  } catch (const statement_failed&) {
    // It is a hint.
  }
}

void give_hint(connection& database, const std::string& channel, const std::string& what) {
  give_hints(database, channel, {what});
}

}  // namespace sagad::journal::postgres

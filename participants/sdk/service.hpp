#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "compensations/barrier/business_result.hpp"
#include "compensations/barrier/call.hpp"
#include "compensations/barrier/connection.hpp"
#include "participants/sdk/http_message.hpp"

namespace sagad::participants {

/// What a handler may use: the transaction that the barrier has open, and who asks.
struct transaction {
  barrier::connection& db;
  const barrier::call& of;
  std::int64_t now_ms = 0;
  /// The commit of work that was answered `accepted` earlier.
  bool late = false;
};

/// Runs at most once with effect for each saga and step. Says done, rejected or accepted, throws bad_input for what it
/// cannot read; any other exception is a failure. Reads and changes `tx.db` alone and does not block. One that answers
/// `accepted` is called again later with `late` set.
using call_handler = std::function<barrier::business_result(transaction& tx, const http_request& asked)>;

/// POST of this path.
struct call_route {
  std::string path;
  barrier::operation of = barrier::operation::action;
  call_handler run;
};

/// Values of a pattern's {names}, percent-decoded.
using path_values = std::map<std::string, std::string>;

/// Everything that is no saga's call: seeding, looking. Runs in a transaction, without the barrier. A GET looks at the
/// newest commit over a connection that cannot write, so that long looks hold up no calls.
struct plain_route {
  std::string method;
  std::string pattern;  ///< "/v1/items/{item}/rate"
  std::function<http_reply(barrier::connection& db, const http_request& asked, const path_values& values)> run;
  bool writes = method != "GET";
};

/// One participant: what it keeps and what it answers.
struct service {
  std::string name;
  std::string description;
  std::uint16_t port_default = 0;
  std::string schema;  ///< CREATE TABLE IF NOT EXISTS ...
  std::vector<call_route> calls;
  std::vector<plain_route> plain;
};

/// Answers for handlers. `body` is JSON.
barrier::business_result done(std::string body);
/// 409 with a problem of this kind.
barrier::business_result rejected(const std::string& kind, const std::string& detail);
/// 202.
barrier::business_result accepted(std::string body);

}  // namespace sagad::participants

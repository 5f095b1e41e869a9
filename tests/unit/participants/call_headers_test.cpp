#include "participants/sdk/call_headers.hpp"

#include <algorithm>

#include "compensations/barrier/request_digest.hpp"
#include "participants/sdk/problem.hpp"

namespace sagad::participants {
namespace {

constexpr const char* saga = "01HF7YAT0004HMASW9NF6YY093";

http_request whole_call() {
  return {"POST",
          "/v1/holds?x=1",
          {{"saga-id", saga}, {"saga-step", "escrow"}, {"saga-operation", "action"}, {"saga-generation", "3"}},
          "{}"};
}

http_request with(const std::string& name, const std::string& value) {
  http_request made = whole_call();
  std::erase_if(made.headers, [&](const auto& one) { return one.first == name; });
  made.headers.emplace_back(name, value);
  return made;
}

TEST(call_headers, reads_who_asks_for_what) {
  const auto said = read_call_headers(whole_call());
  EXPECT_EQ(said.of.saga, saga);
  EXPECT_EQ(said.of.step, "escrow");
  EXPECT_EQ(said.of.of, barrier::operation::action);
  EXPECT_EQ(said.of.generation, 3);
  EXPECT_EQ(said.of.request_digest, barrier::request_digest("POST", "/v1/holds?x=1", "{}"));
  EXPECT_EQ(said.callback, "");
  EXPECT_EQ(said.attempt, 0);
}

TEST(call_headers, four_of_them_are_needed) {
  for (const char* name : {"saga-id", "saga-step", "saga-operation", "saga-generation"}) {
    http_request asked = whole_call();
    std::erase_if(asked.headers, [&](const auto& one) { return one.first == name; });
    EXPECT_THROW(read_call_headers(asked), bad_input) << name;
  }
}

TEST(call_headers, refuses_what_no_coordinator_sends) {
  EXPECT_THROW(read_call_headers(with("saga-id", "order-42")), bad_input);
  EXPECT_THROW(read_call_headers(with("saga-id", std::string(saga) + ", " + saga)), bad_input);
  for (const char* step : {"", "Escrow", "1st", "a b", "a/b", "a.b"}) {
    EXPECT_THROW(read_call_headers(with("saga-step", step)), bad_input) << step;
  }
  EXPECT_THROW(read_call_headers(with("saga-step", std::string(65, 'a'))), bad_input);
  EXPECT_NO_THROW(read_call_headers(with("saga-step", std::string(64, 'a'))));
  EXPECT_THROW(read_call_headers(with("saga-operation", "undo")), bad_input);
  for (const char* number : {"", "-1", "1x", " 1", "1.0", "10000000000", "99999999999999999999"}) {
    EXPECT_THROW(read_call_headers(with("saga-generation", number)), bad_input) << number;
    EXPECT_THROW(read_call_headers(with("saga-attempt", number)), bad_input) << number;
  }
}

TEST(call_headers, the_idempotency_key_must_name_the_same_call) {
  const std::string key = std::string(saga) + "/escrow/action/3";
  EXPECT_NO_THROW(read_call_headers(with("idempotency-key", key)));
  EXPECT_NO_THROW(read_call_headers(with("idempotency-key", "\"" + key + "\"")));
  EXPECT_THROW(read_call_headers(with("idempotency-key", std::string(saga) + "/escrow/action/4")), bad_input);
}

TEST(call_headers, a_callback_is_an_http_url_of_bounded_length) {
  EXPECT_EQ(read_call_headers(with("saga-callback", "https://x/v1/callbacks/t")).callback, "https://x/v1/callbacks/t");
  EXPECT_THROW(read_call_headers(with("saga-callback", "file:///etc/passwd")), bad_input);
  EXPECT_THROW(read_call_headers(with("saga-callback", "http://" + std::string(2048, 'x'))), bad_input);
}

}  // namespace
}  // namespace sagad::participants

#include "tests/integration/participants/market.hpp"

namespace sagad::participants::test {
namespace {

using testing::HasSubstr;

class limits_at_escrow : public escrow_process {};

TEST_F(limits_at_escrow, an_unknown_route_is_told_what_there_is) {
  const heard said = ask(port(), "POST", "/v1/hold", "{}");
  EXPECT_EQ(said.status, 404);
  EXPECT_EQ(said.header("content-type"), "application/problem+json");
  EXPECT_THAT(said.body, HasSubstr("POST /v1/holds"));
}

TEST_F(limits_at_escrow, a_wrong_method_is_told_the_right_one) {
  EXPECT_EQ(ask(port(), "GET", "/v1/holds").status, 405);
  EXPECT_EQ(ask(port(), "GET", "/v1/holds").header("allow"), "POST");
  EXPECT_EQ(ask(port(), "PUT", "/admin/faults", "{}").header("allow"), "GET, POST, DELETE");
}

TEST_F(limits_at_escrow, missing_headers_are_named) {
  const heard said = ask(port(), "POST", "/v1/holds", R"({"account":"alice","amount":1})");
  EXPECT_EQ(said.status, 400);
  EXPECT_THAT(said.body, HasSubstr("Saga-Id is missing"));
  EXPECT_EQ(said.header("saga-outcome"), "") << "the barrier was never asked";
}

TEST_F(limits_at_escrow, bad_json_is_told_what_to_write_and_leaves_no_row) {
  saga_call call = hold();
  const std::string good = call.body;
  for (const char* body : {"{", "[]", R"({"account":"alice"})", R"({"account":"alice","amount":1.5})",
                           R"({"account":"alice","amount":1,"more":1})", "\xFF"}) {
    call.body = body;
    const heard said = ask(port(), call);
    EXPECT_EQ(said.status, 400) << body;
    EXPECT_EQ(said.header("content-type"), "application/problem+json");
    EXPECT_THAT(said.body, HasSubstr("Write it like"));
  }
  call.body = good;
  EXPECT_EQ(ask(port(), call).status, 200) << "nothing was stored of the bad ones";
}

TEST_F(limits_at_escrow, an_operation_on_the_wrong_route_is_refused) {
  saga_call call = hold();
  call.operation = "compensation";
  EXPECT_EQ(ask(port(), call).status, 400);
  EXPECT_EQ(effects(), 0U);
}

TEST_F(limits_at_escrow, a_body_of_the_limit_is_read_and_a_larger_one_is_413) {
  saga_call call = hold();
  call.body.insert(1, std::string(256 * 1024 - call.body.size(), ' '));
  EXPECT_EQ(ask(port(), call).status, 200);
  call.body.insert(1, " ");
  const heard said = ask(port(), call);
  EXPECT_EQ(said.status, 413);
  EXPECT_THAT(said.body, HasSubstr("262144"));
}

TEST_F(limits_at_escrow, a_huge_body_is_refused_long_before_it_is_there) {
  participant_wire wire(port());
  header_map headers = hold().headers();
  headers["Content-Length"] = "100000000000";
  wire.send(request_text("GET", "/v1/holds", headers, ""));
  const std::string piece(64 * 1024, ' ');
  int pieces = 0;
  while (pieces < 10'000 && !wire.readable() && wire.send(piece)) ++pieces;
  EXPECT_EQ(wire.read().status, 413);
  EXPECT_LT(pieces, 10'000);
}

TEST_F(limits_at_escrow, chunks_and_lengths_that_are_no_numbers_are_refused) {
  for (const auto& [name, value, status] :
       {std::tuple("Transfer-Encoding", "chunked", 411), std::tuple("Content-Length", "5x", 400)}) {
    participant_wire wire(port());
    header_map headers = hold().headers();
    headers[name] = value;
    wire.send(request_text("GET", "/v1/holds", headers, "") + "0\r\n\r\n");
    EXPECT_EQ(wire.read().status, status) << name;
  }
}

TEST_F(limits_at_escrow, a_client_that_leaves_in_the_middle_harms_nobody) {
  {
    participant_wire wire(port());
    const std::string text = hold().text();
    wire.send(text.substr(0, text.size() - 5));
  }
  {
    participant_wire wire(port());
    wire.send("POST /v1/ho");
  }
  EXPECT_EQ(ask(port(), hold(2)).status, 200);
  EXPECT_EQ(effects(), 1U);
}

TEST_F(limits_at_escrow, seeding_is_all_or_nothing) {
  const heard said =
      ask(port(), "POST", "/admin/accounts", R"([{"account":"carol","balance":1},{"account":"dave","balance":-1}])");
  EXPECT_EQ(said.status, 400);
  EXPECT_EQ(ask(port(), "GET", "/v1/accounts/carol").status, 404);
}

TEST_F(limits_at_escrow, a_large_seed_is_taken) {
  std::string body = "[";
  for (int i = 0; i < 20'000; ++i) {
    body += (i == 0 ? "" : ",") + (R"({"account":"p)" + std::to_string(i) + R"(","balance":10})");
  }
  EXPECT_EQ(ask(port(), "POST", "/admin/accounts", body + "]").body, R"({"accounts":20000,"total":201000})");
}

}  // namespace
}  // namespace sagad::participants::test

#include "compensations/barrier/connection.hpp"
#include "tests/integration/participants/market.hpp"

namespace sagad::participants::test {
namespace {

using testing::HasSubstr;

constexpr const char* saga = "01HF7YAT0004HMASW9NF6YY093";

saga_call call(const std::string& path, const std::string& step, const std::string& body,
               const std::string& operation = "action") {
  return {.path = path, .saga = saga, .step = step, .operation = operation, .body = body};
}

TEST(sale, runs_through_the_three_participants) {
  sagad::tests::temporary_folder folder;
  running_participant escrow("escrow", folder.path("escrow.db"));
  running_participant transfer("transfer", folder.path("transfer.db"));
  running_participant rate("rate", folder.path("rate.db"));
  ask(escrow.port(), "POST", "/admin/accounts",
      R"([{"account":"alice","balance":1000},{"account":"bob","balance":0}])");
  ask(transfer.port(), "POST", "/admin/items", R"([{"owner":"bob","item":"sword","quantity":3}])");

  const heard held = ask(escrow.port(), call("/v1/holds", "escrow", R"({"account":"alice","amount":500})"));
  EXPECT_EQ(held.status, 200);
  EXPECT_EQ(held.header("saga-outcome"), "done");
  EXPECT_EQ(held.header("content-type"), "application/json");
  EXPECT_EQ(held.body, R"({"hold":"h-1","amount":500})");
  const heard reserved = ask(transfer.port(), call("/v1/reservations", "transfer",
                                                   R"({"item":"sword","quantity":2,"from":"bob","to":"alice"})"));
  EXPECT_THAT(reserved.body, HasSubstr(R"("reservation":"r-1")"));
  EXPECT_EQ(ask(escrow.port(), call("/v1/holds/settle", "settle", R"({"hold":"h-1","to":"bob"})")).status, 200);
  EXPECT_EQ(ask(transfer.port(), call("/v1/reservations/deliver", "deliver", R"({"reservation":"r-1"})")).status, 200);
  EXPECT_EQ(
      ask(rate.port(), call("/v1/sales", "rate", R"({"item":"sword","quantity":2,"price":250})")).body,
      R"({"rate":{"item":"sword","last_price":250,"average_price":"250.0000","volume":2,"value":500,"sales":1}})");

  EXPECT_THAT(ask(escrow.port(), "GET", "/v1/accounts/bob").body, HasSubstr(R"("balance":500)"));
  EXPECT_THAT(ask(transfer.port(), "GET", "/v1/owners/alice").body, HasSubstr(R"("quantity":2)"));
  EXPECT_THAT(ask(rate.port(), "GET", "/v1/items/sword/rate").body, HasSubstr(R"("last_price":250)"));
}

class sale_at_escrow : public escrow_process {};

TEST_F(sale_at_escrow, a_duplicate_hears_the_same_bytes_and_nothing_happens_twice) {
  const heard first = ask(port(), hold());
  const heard second = ask(port(), hold());
  EXPECT_EQ(second.status, first.status);
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(second.header("saga-outcome"), "done");
  EXPECT_EQ(effects(), 1U);
}

TEST_F(sale_at_escrow, a_rejection_is_a_problem_and_stays) {
  const heard said = ask(port(), hold(1, 1001));
  EXPECT_EQ(said.status, 409);
  EXPECT_EQ(said.header("saga-outcome"), "rejected");
  EXPECT_EQ(said.header("content-type"), "application/problem+json");
  ask(port(), "POST", "/admin/accounts", R"({"account":"alice","balance":5000})");
  EXPECT_EQ(ask(port(), hold(1, 1001)).body, said.body);
  EXPECT_EQ(effects(), 0U);
}

TEST_F(sale_at_escrow, an_undo_without_a_body_gives_the_money_back_once) {
  ask(port(), hold());
  EXPECT_EQ(ask(port(), release()).header("saga-outcome"), "done");
  EXPECT_EQ(ask(port(), release()).header("saga-outcome"), "done");
  EXPECT_THAT(books(), HasSubstr(R"("balances":1000,"held":0)"));
  EXPECT_EQ(effects(), 2U);
  const heard late = ask(port(), hold());
  EXPECT_EQ(late.status, 410);
  EXPECT_EQ(late.header("saga-outcome"), "refused");
}

TEST_F(sale_at_escrow, an_undo_that_overtakes_its_action_shuts_the_door) {
  EXPECT_THAT(ask(port(), release()).body, HasSubstr("nothing-to-undo"));
  EXPECT_EQ(ask(port(), hold()).status, 410);
  EXPECT_EQ(effects(), 0U);
}

TEST_F(sale_at_escrow, another_request_under_the_same_key_differs) {
  ask(port(), hold(1, 250));
  const heard said = ask(port(), hold(1, 251));
  EXPECT_EQ(said.status, 412);
  EXPECT_EQ(said.header("saga-outcome"), "differs");
  EXPECT_THAT(said.body, HasSubstr(R"("stored_response":{"hold":"h-1","amount":250})"));
}

TEST_F(sale_at_escrow, the_query_is_part_of_the_request) {
  ask(port(), hold());
  saga_call other = hold();
  other.path += "?tip=1";
  EXPECT_EQ(ask(port(), other).header("saga-outcome"), "differs");
}

TEST_F(sale_at_escrow, one_connection_serves_many_calls) {
  participant_wire wire(port());
  for (int i = 1; i <= 20; ++i) {
    wire.send(hold(i, 10).text());
    EXPECT_EQ(wire.read().status, 200);
  }
  EXPECT_THAT(books(), HasSubstr(R"("balances":800,"held":200)"));
}

TEST_F(sale_at_escrow, looking_goes_on_while_nothing_can_be_written) {
  barrier::connection other({.place = folder.path("escrow.db")});
  ASSERT_TRUE(other.begin());
  EXPECT_THAT(books(), HasSubstr(R"("balances":1000)"));
  EXPECT_EQ(ask(port(), "GET", "/saga-barrier").status, 200);
  EXPECT_EQ(ask(port(), hold()).status, 425);
  EXPECT_EQ(ask(port(), "GET", "/healthz").status, 503) << "healthy is who could take a call";
  other.rollback();
  EXPECT_EQ(ask(port(), hold()).status, 200);
}

TEST_F(sale_at_escrow, the_barrier_s_rows_can_be_listed_for_reconciliation) {
  ask(port(), hold(1));
  ask(port(), hold(2, 5000));
  const std::string rows = ask(port(), "GET", "/saga-barrier?since=1700000000000").body;
  EXPECT_THAT(rows, HasSubstr(R"("saga":")" + saga_number(1) + R"(","step":"escrow","generation":1,"state":"done")"));
  EXPECT_THAT(rows, HasSubstr(R"("state":"rejected")"));
  EXPECT_THAT(rows, HasSubstr(R"("next":")" + saga_number(2) + R"(/escrow")"));
  EXPECT_THAT(ask(port(), "GET", "/saga-barrier?since=1700000000001").body, HasSubstr(R"("rows":[])"));
}

}  // namespace
}  // namespace sagad::participants::test

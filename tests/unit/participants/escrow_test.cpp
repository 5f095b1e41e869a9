#include "participants/escrow/escrow_service.hpp"

#include "tests/unit/participants/service_bench.hpp"

namespace sagad::participants::test {
namespace {

using testing::HasSubstr;

class escrow_room : public testing::Test {
 protected:
  escrow_room() {
    bench.plain("POST", "/admin/accounts", R"([{"account":"alice","balance":1000},{"account":"bob","balance":0}])");
  }
  barrier::answer hold(std::int64_t amount, int saga = 1) {
    return bench.call("/v1/holds", saga_number(saga), "escrow",
                      R"({"account":"alice","amount":)" + std::to_string(amount) + "}");
  }
  barrier::answer release(int saga = 1) { return bench.call("/v1/holds/release", saga_number(saga), "escrow", ""); }
  barrier::answer settle(const std::string& hold_name, int saga = 1, const std::string& to = "bob") {
    return bench.call("/v1/holds/settle", saga_number(saga), "settle",
                      R"({"hold":")" + hold_name + R"(","to":")" + to + R"("})");
  }
  std::int64_t balance(const std::string& account) {
    auto select = bench.db.prepare("SELECT balance FROM accounts WHERE account = ?");
    return select.bind(account).step() ? select.integer(0) : -1;
  }

  service_bench bench{escrow_service()};
};

TEST_F(escrow_room, a_hold_takes_the_money_out_of_reach) {
  const auto said = hold(250);
  EXPECT_EQ(said.status, 200);
  EXPECT_EQ(said.body, R"({"hold":"h-1","amount":250})");
  EXPECT_EQ(balance("alice"), 750);
  EXPECT_EQ(hold(751, 2).status, 409) << "what is held cannot be held again";
}

TEST_F(escrow_room, the_last_coin_can_be_held_and_not_one_more) {
  EXPECT_EQ(hold(1001).status, 409);
  EXPECT_EQ(hold(1000, 2).status, 200);
  EXPECT_EQ(balance("alice"), 0);
}

TEST_F(escrow_room, a_rejection_says_why) {
  EXPECT_THAT(hold(1001).body, HasSubstr("insufficient-funds"));
  const auto said = bench.call("/v1/holds", saga_number(2), "escrow", R"({"account":"nobody","amount":1})");
  EXPECT_EQ(said.status, 409);
  EXPECT_EQ(said.what, barrier::outcome::rejected);
  EXPECT_THAT(said.body, HasSubstr("unknown-account"));
}

TEST_F(escrow_room, settling_pays_the_hold_out) {
  hold(250);
  EXPECT_EQ(settle("h-1").status, 200);
  EXPECT_EQ(balance("bob"), 250);
  EXPECT_EQ(bench.number("SELECT count(*) FROM holds WHERE state = 'settled' AND paid_to = 'bob'"), 1);
}

TEST_F(escrow_room, releasing_gives_the_money_back) {
  hold(250);
  EXPECT_EQ(release().status, 200);
  EXPECT_EQ(balance("alice"), 1000);
  EXPECT_EQ(settle("h-1").status, 409);
  EXPECT_EQ(balance("bob"), 0);
}

TEST_F(escrow_room, what_was_settled_cannot_be_released) {
  hold(250);
  settle("h-1");
  EXPECT_THAT(release().body, HasSubstr("hold-settled"));
  EXPECT_EQ(balance("alice"), 750);
  EXPECT_EQ(balance("bob"), 250);
}

TEST_F(escrow_room, a_saga_settles_its_own_holds_alone) {
  hold(250, 1);
  EXPECT_THAT(settle("h-1", 2).body, HasSubstr("unknown-hold"));
  EXPECT_EQ(balance("bob"), 0);
}

TEST_F(escrow_room, a_hold_that_never_was_cannot_be_settled) {
  int saga = 10;
  for (const char* name : {"h-7", "h-", "7", "h-1x", "h-99999999999999999999"}) {
    EXPECT_THAT(settle(name, ++saga).body, HasSubstr("unknown-hold")) << name;
  }
}

TEST_F(escrow_room, settling_to_nobody_is_rejected_and_keeps_the_hold) {
  hold(250);
  EXPECT_THAT(settle("h-1", 1, "nobody").body, HasSubstr("unknown-account"));
  EXPECT_EQ(bench.number("SELECT count(*) FROM holds WHERE state = 'held'"), 1);
}

TEST_F(escrow_room, money_that_would_overflow_an_account_is_rejected) {
  bench.plain("POST", "/admin/accounts", R"([{"account":"bob","balance":9223372036854774807}])");
  hold(1000);
  EXPECT_EQ(settle("h-1").status, 200) << "exactly the largest balance";
  EXPECT_EQ(balance("bob"), std::numeric_limits<std::int64_t>::max());
  bench.db.execute("UPDATE accounts SET balance = 5 WHERE account = 'alice'");
  hold(5, 2);
  EXPECT_THAT(settle("h-2", 2).body, HasSubstr("overflow"));
}

TEST_F(escrow_room, amounts_are_whole_positive_and_of_64_bits) {
  for (const char* amount : {"0", "-1", "1.5", "1e-3", "9223372036854775808", "\"5\"", "null", "true"}) {
    EXPECT_THROW(bench.call("/v1/holds", saga_number(1), "escrow",
                            R"({"account":"alice","amount":)" + std::string(amount) + "}"),
                 bad_input)
        << amount;
  }
  EXPECT_EQ(hold(std::numeric_limits<std::int64_t>::max(), 2).status, 409);
}

TEST_F(escrow_room, seeding_is_all_or_nothing_and_bounded) {
  EXPECT_THROW(bench.plain("POST", "/admin/accounts",
                           R"([{"account":"a","balance":9223372036854775807},{"account":"b","balance":1}])"),
               bad_input);
  EXPECT_THROW(bench.plain("POST", "/admin/accounts", R"([{"account":"a","balance":-1}])"), bad_input);
}

TEST_F(escrow_room, the_books_tell_every_coin) {
  hold(100, 1);
  hold(200, 2);
  settle("h-2", 2);
  hold(300, 3);
  release(3);
  EXPECT_EQ(bench.plain("GET", "/admin/books").body,
            R"({"accounts":2,"balances":900,"held":100,"settled":200,"released":300,"total":1000,)"
            R"("holds":{"held":1,"settled":1,"released":1}})");
}

TEST_F(escrow_room, an_account_shows_its_balance_and_what_is_held) {
  hold(100);
  EXPECT_EQ(bench.plain("GET", "/v1/accounts/alice").body, R"({"account":"alice","balance":900,"held":100})");
  EXPECT_EQ(bench.plain("GET", "/v1/accounts/nobody").status, 404);
}

TEST_F(escrow_room, the_ledger_has_what_happened_and_nothing_else) {
  hold(100);
  hold(100);
  hold(5000, 2);
  release(3);
  release();
  release();
  EXPECT_EQ(bench.number("SELECT count(*) FROM effects"), 2);
  EXPECT_EQ(bench.number("SELECT count(*) FROM effects WHERE operation = 'action' AND seq = 1"), 1);
  EXPECT_EQ(bench.number("SELECT count(*) FROM effects WHERE operation = 'compensation' AND seq = 2"), 1);
}

}  // namespace
}  // namespace sagad::participants::test

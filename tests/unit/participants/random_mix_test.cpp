#include <map>
#include <random>

#include "participants/escrow/escrow_service.hpp"
#include "participants/transfer/transfer_service.hpp"
#include "tests/unit/participants/service_bench.hpp"

namespace sagad::participants::test {
namespace {

/// Calls of many sagas in any order, doubled and late: the worst that a network may do.
class random_mix : public testing::TestWithParam<int> {
 protected:
  random_mix() {
    escrow.plain("POST", "/admin/accounts",
                 R"([{"account":"a0","balance":5000},{"account":"a1","balance":300},{"account":"a2","balance":0}])");
    transfer.plain("POST", "/admin/items",
                   R"([{"owner":"a0","item":"sword","quantity":50},{"owner":"a1","item":"sword","quantity":5}])");
  }

  std::string account(int saga) const { return "a" + std::to_string(saga % 3); }

  void one_call(int saga, int what) {
    const std::string id = saga_number(saga);
    const std::string number = std::to_string(saga % 40 + 1);
    switch (what) {
      case 0:
        escrow.call("/v1/holds", id, "escrow",
                    R"({"account":")" + account(saga) + R"(","amount":)" + std::to_string(saga % 90 + 1) + "}");
        return;
      case 1: escrow.call("/v1/holds/release", id, "escrow", ""); return;
      case 2:
        escrow.call("/v1/holds/settle", id, "settle",
                    R"({"hold":"h-)" + number + R"(","to":")" + account(saga + 1) + R"("})");
        return;
      case 3:
        transfer.call(
            "/v1/reservations", id, "transfer",
            R"({"item":"sword","quantity":2,"from":")" + account(saga) + R"(","to":")" + account(saga + 1) + R"("})");
        return;
      case 4: transfer.call("/v1/reservations/release", id, "transfer", ""); return;
      default: transfer.call("/v1/reservations/deliver", id, "deliver", R"({"reservation":"r-)" + number + R"("})");
    }
  }

  static void expect_sound_ledger(service_bench& bench) {
    EXPECT_EQ(
        bench.number("SELECT count(*) FROM (SELECT 1 FROM effects GROUP BY saga, step, operation HAVING count(*) > "
                     "1)"),
        0)
        << "an operation took effect twice";
    EXPECT_EQ(bench.number("SELECT count(*) FROM effects u WHERE operation = 'compensation' AND NOT EXISTS (SELECT 1 "
                           "FROM effects d WHERE d.saga = u.saga AND d.step = u.step AND d.operation = 'action' AND "
                           "d.seq < u.seq)"),
              0)
        << "something was undone that was not done before";
  }

  service_bench escrow{escrow_service()};
  service_bench transfer{transfer_service()};
};

TEST_P(random_mix, conserves_money_and_items_and_runs_nothing_twice) {
  std::mt19937 dice(static_cast<unsigned>(GetParam()));
  std::uniform_int_distribution<int> saga(0, 39);
  std::uniform_int_distribution<int> what(0, 5);
  for (int i = 0; i < 3000; ++i) one_call(saga(dice), what(dice));
  EXPECT_EQ(
      escrow.number("SELECT (SELECT sum(balance) FROM accounts) + (SELECT coalesce(sum(amount), 0) FROM holds WHERE "
                    "state = 'held')"),
      5300);
  EXPECT_EQ(transfer.number("SELECT (SELECT sum(quantity) FROM items) + (SELECT coalesce(sum(quantity), 0) FROM "
                            "reservations WHERE state = 'reserved')"),
            55);
  expect_sound_ledger(escrow);
  expect_sound_ledger(transfer);
  EXPECT_GT(escrow.number("SELECT count(*) FROM effects"), 10) << "the mix must not be empty";
  EXPECT_GT(transfer.number("SELECT count(*) FROM effects"), 10) << "the mix must not be empty";
}

INSTANTIATE_TEST_SUITE_P(seeds, random_mix, testing::Range(1, 9));

}  // namespace
}  // namespace sagad::participants::test

#include <functional>
#include <map>
#include <random>
#include <set>

#include "participants/escrow/escrow_service.hpp"
#include "participants/rate/rate_service.hpp"
#include "participants/transfer/transfer_service.hpp"
#include "tests/unit/participants/service_bench.hpp"

namespace sagad::participants::test {
namespace {

using request = service_bench::request;

/// One step of a saga. `body` may word the action in two ways, one of which comes now and then in the other's place.
struct step_of_saga {
  std::string name;
  std::string action;
  std::string compensation;  ///< empty: none
  std::function<std::string(service_bench& bench, int saga, bool other_wording)> body;
};

/// What holds after every call.
struct law {
  const char* sql;
  std::int64_t value;
  const char* means;
};

struct market {
  const char* name;
  service (*make)();
  std::vector<request> seeds;
  std::vector<step_of_saga> steps;
  const char* business_sql;  ///< everything that the business keeps, as one text
  std::vector<law> laws;
};

std::string account(int saga) {
  return "a" + std::to_string(saga % 3);
}

/// The saga's own hold or reservation once there is one, before that somebody's.
std::string own(service_bench& bench, const char* letter, const char* table, int saga) {
  const std::string found = bench.text(
      ("SELECT '" + std::string(letter) + "-' || id FROM " + table + " WHERE saga = '" + saga_number(saga) + "'")
          .c_str());
  return found.empty() ? std::string(letter) + "-1" : found;
}

market escrow_market() {
  return {"escrow",
          &escrow_service,
          {{"/admin/accounts", "", "",
            R"([{"account":"a0","balance":900},{"account":"a1","balance":300},{"account":"a2","balance":0}])", 0}},
          {{"escrow", "/v1/holds", "/v1/holds/release",
            [](service_bench&, int saga, bool other) {
              return R"({"account":")" + account(saga) + R"(","amount":)" +
                     std::to_string(saga % 90 + (other ? 2 : 1)) + "}";
            }},
           {"settle", "/v1/holds/settle", "",
            [](service_bench& bench, int saga, bool other) {
              return R"({"hold":")" + own(bench, "h", "holds", saga) + R"(","to":")" + account(saga + (other ? 2 : 1)) +
                     R"("})";
            }}},
          "SELECT (SELECT group_concat(account || balance) FROM accounts) || (SELECT coalesce(group_concat(id || state "
          "|| amount || "
          "coalesce(paid_to, '')), '') FROM holds)",
          {{"SELECT (SELECT sum(balance) FROM accounts) + (SELECT coalesce(sum(amount), 0) FROM holds WHERE state = "
            "'held')",
            1200, "no coin is made or lost"},
           {"SELECT (SELECT count(*) FROM holds WHERE state = 'held') - (SELECT coalesce(sum(CASE WHEN step = 'escrow' "
            "AND operation "
            "= 'action' THEN 1 ELSE -1 END), 0) FROM effects)",
            0, "what is held was held, and neither released nor settled"},
           {"SELECT count(*) FROM holds WHERE (state = 'settled') <> (paid_to IS NOT NULL)", 0,
            "who was paid has the money"}}};
}

market transfer_market() {
  return {
      "transfer",
      &transfer_service,
      {{"/admin/items", "", "",
        R"([{"owner":"a0","item":"sword","quantity":30},{"owner":"a1","item":"sword","quantity":5}])", 0}},
      {{"transfer", "/v1/reservations", "/v1/reservations/release",
        [](service_bench&, int saga, bool other) {
          return R"({"item":"sword","quantity":)" + std::to_string(other ? 3 : 2) + R"(,"from":")" + account(saga) +
                 R"(","to":")" + account(saga + 1) + R"("})";
        }},
       {"deliver", "/v1/reservations/deliver", "",
        [](service_bench& bench, int saga, bool other) {
          return R"({"reservation":")" + own(bench, "r", "reservations", saga + (other ? 1 : 0)) + R"("})";
        }}},
      "SELECT (SELECT group_concat(owner || item || quantity) FROM items) || (SELECT coalesce(group_concat(id || state "
      "|| "
      "quantity), '') FROM reservations)",
      {{"SELECT (SELECT sum(quantity) FROM items) + (SELECT coalesce(sum(quantity), 0) FROM reservations WHERE state = "
        "'reserved')",
        35, "no item is made or lost"},
       {"SELECT (SELECT count(*) FROM reservations WHERE state = 'reserved') - (SELECT coalesce(sum(CASE WHEN step = "
        "'transfer' "
        "AND operation = 'action' THEN 1 ELSE -1 END), 0) FROM effects)",
        0, "what is reserved was reserved, and neither released nor delivered"}}};
}

market rate_market() {
  return {"rate",
          &rate_service,
          {},
          {{"rate", "/v1/sales", "",
            [](service_bench&, int saga, bool other) {
              return R"({"item":"item-)" + std::to_string(saga % 4) + R"(","quantity":)" +
                     std::to_string(saga % 3 + 1) + R"(,"price":)" + std::to_string(other ? 7 : 5) + "}";
            }}},
          "SELECT (SELECT coalesce(group_concat(seq || item || quantity || price), '') FROM sales) || (SELECT "
          "coalesce(group_concat(item || sales || volume || value || last_price || last_at), '') FROM rates)",
          {{"SELECT count(*) FROM (SELECT item, count(*) n, sum(quantity) q, sum(quantity * price) v FROM sales GROUP "
            "BY item) s "
            "LEFT JOIN rates r ON r.item = s.item WHERE (r.sales, r.volume, r.value) IS DISTINCT FROM (s.n, s.q, s.v)",
            0, "the rates are what the sales make them"},
           {"SELECT (SELECT count(*) FROM sales) - (SELECT count(*) FROM effects)", 0, "every sale is one effect"}}};
}

constexpr const char* twice_sql =
    "SELECT coalesce(group_concat(saga || step || operation), '') FROM (SELECT saga, step, operation FROM effects "
    "GROUP BY saga, step, "
    "operation "
    "HAVING count(*) > 1) AS twice";
constexpr const char* not_done_sql =
    "SELECT coalesce(group_concat(saga || step), '') FROM effects u WHERE operation = 'compensation' AND NOT EXISTS "
    "(SELECT 1 "
    "FROM effects d WHERE d.saga = u.saga AND d.step = u.step AND d.operation = 'action' AND d.seq < u.seq)";
constexpr const char* newest_sql =
    "SELECT saga || '/' || step || '/' || operation FROM effects ORDER BY seq DESC LIMIT 1";

/// Calls of many sagas in any order: doubled, late, worded otherwise, in two generations, accepted and done later or
/// given up, dying before their commit, undone before they are done. Judged after every one.
class random_mix : public testing::TestWithParam<std::tuple<market (*)(), int>> {
 protected:
  random_mix() {
    for (const auto& seed : at.seeds) bench.plain("POST", seed.path, seed.body);
    business_ = bench.text(at.business_sql);
  }

  void one_call() {
    const step_of_saga& step = at.steps[static_cast<std::size_t>(below(static_cast<int>(at.steps.size())))];
    const int saga = below(120);
    const request action{step.action, saga_number(saga), step.name, step.body(bench, saga, below(10) == 0),
                         below(8) == 0 ? 2 : 1};
    const int what = below(12);
    if (what == 0) {
      bench.accept(action);
    } else if (what <= 2) {
      bench.finish(action);
    } else if (what == 3) {
      bench.abandon(action);
    } else if (what == 4) {
      bench.call_and_fail(action);
    } else if (what <= 6 && !step.compensation.empty()) {
      undo({step.compensation, action.saga, step.name, "", 1});
    } else {
      act(action);
    }
  }

  void judge() {
    const std::string business = bench.text(at.business_sql);
    const std::int64_t effects = bench.number("SELECT count(*) FROM effects");
    EXPECT_LE(effects, effects_ + 1) << "one call, two effects";
    EXPECT_EQ(business != business_, effects != effects_) << "the ledger has what was changed, and nothing else";
    EXPECT_EQ(bench.text(twice_sql), "") << "took effect twice";
    EXPECT_EQ(bench.text(not_done_sql), "") << "undone, but not done before";
    if (effects != effects_) {
      EXPECT_FALSE(closed_.contains(bench.text(newest_sql))) << "done after its undo was answered";
    }
    for (const law& one : at.laws) EXPECT_EQ(bench.number(one.sql), one.value) << one.means;
    EXPECT_EQ(bench.plain("GET", "/admin/books").status, 200);
    business_ = business;
    effects_ = effects;
  }

  std::int64_t effects_of(const std::string& step, const std::string& operation) {
    return bench.number(
        ("SELECT count(*) FROM effects WHERE step = '" + step + "' AND operation = '" + operation + "'").c_str());
  }

  const market at = std::get<0>(GetParam())();
  service_bench bench{at.make()};

 private:
  int below(int count) { return std::uniform_int_distribution<int>(0, count - 1)(dice_); }

  /// What was once said done or rejected is never said otherwise; that it is too late may be said.
  void act(const request& asked) {
    const auto said = bench.call(asked);
    const auto first = told_.find(asked);
    if (first != told_.end() && said.what != barrier::outcome::refused) {
      EXPECT_EQ(said.body, first->second);
    }
    if (said.what == barrier::outcome::done || said.what == barrier::outcome::rejected) told_[asked] = said.body;
  }

  void undo(const request& asked) {
    const auto said = bench.call(asked);
    if (said.what != barrier::outcome::done) return;
    EXPECT_EQ(told_.emplace(asked, said.body).first->second, said.body) << "an undo that comes again hears the same";
    closed_.insert(asked.saga + "/" + asked.step + "/action");
  }

  std::mt19937 dice_{static_cast<unsigned>(std::get<1>(GetParam()))};
  std::map<request, std::string> told_;
  std::set<std::string> closed_;
  std::string business_;
  std::int64_t effects_ = 0;
};

TEST_P(random_mix, keeps_the_books_after_every_call) {
  for (int i = 0; i < mixed_calls && !HasFailure(); ++i) {
    one_call();
    judge();
    if (HasFailure()) ADD_FAILURE() << at.name << ", call " << i;
  }
  for (const auto& step : at.steps) {
    EXPECT_GT(effects_of(step.name, "action"), 3) << "the mix must not be empty";
    if (!step.compensation.empty()) {
      EXPECT_GT(effects_of(step.name, "compensation"), 3) << "nor one-sided";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, random_mix,
                         testing::Combine(testing::Values(&escrow_market, &transfer_market, &rate_market),
                                          testing::Range(1, 6)));

}  // namespace
}  // namespace sagad::participants::test

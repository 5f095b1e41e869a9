#include <thread>

#include "tests/integration/participants/market.hpp"

namespace sagad::participants::test {
namespace {

using testing::HasSubstr;

class crowd_at_escrow : public escrow_process {};

constexpr int callers = 16;
constexpr int calls_each = 60;

TEST_F(crowd_at_escrow, many_sagas_at_once_are_each_done_once) {
  ask(port(), "POST", "/admin/accounts", R"({"account":"alice","balance":1000000})");
  std::vector<std::thread> crowd;
  std::vector<int> done(callers, 0);
  for (int caller = 0; caller < callers; ++caller) {
    crowd.emplace_back([&, caller] {
      participant_wire wire(port());
      for (int i = 0; i < calls_each; ++i) {
        wire.send(hold(caller * calls_each + i, 1).text());
        done[static_cast<std::size_t>(caller)] += wire.read().status == 200 ? 1 : 0;
      }
    });
  }
  for (auto& one : crowd) one.join();
  EXPECT_THAT(done, testing::Each(calls_each));
  EXPECT_EQ(effects(), static_cast<std::size_t>(callers * calls_each));
  EXPECT_THAT(books(), HasSubstr(R"("total":1000000,"holds":{"held":960)"));
}

TEST_F(crowd_at_escrow, the_same_call_from_many_at_once_is_done_once_and_heard_by_all) {
  std::vector<std::thread> crowd;
  std::vector<heard> said(callers);
  for (int caller = 0; caller < callers; ++caller) {
    crowd.emplace_back([&, caller] { said[static_cast<std::size_t>(caller)] = ask(port(), hold()); });
  }
  for (auto& one : crowd) one.join();
  for (const auto& one : said) EXPECT_EQ(one.body, R"({"hold":"h-1","amount":250})");
  EXPECT_EQ(effects(), 1U);
}

TEST_F(crowd_at_escrow, actions_and_undos_in_a_race_leave_the_books_balanced) {
  std::vector<std::thread> crowd;
  for (int caller = 0; caller < callers; ++caller) {
    crowd.emplace_back([&, caller] {
      participant_wire wire(port());
      for (int i = 0; i < calls_each; ++i) {
        const int saga = i;
        wire.send(caller % 2 == 0 ? hold(saga, 7).text() : release(saga).text());
        wire.read();
      }
    });
  }
  for (auto& one : crowd) one.join();
  // Every saga heard an undo, so none holds anything.
  EXPECT_THAT(books(), HasSubstr(R"("balances":1000,"held":0)"));
}

}  // namespace
}  // namespace sagad::participants::test

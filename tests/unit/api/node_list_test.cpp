#include "api/node_list.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>

namespace sagad::api {
namespace {

using answer = std::optional<node_list::nodes>;

std::future<answer> asked(node_list& of) {
  auto told = std::make_shared<std::promise<answer>>();
  auto result = told->get_future();
  of.ask([told](answer found) { told->set_value(std::move(found)); });
  return result;
}

TEST(a_list_of_nodes, is_what_the_journal_says) {
  node_list list([] {
    return node_list::nodes{{"a", "10.0.0.1:7070", {3, 7}, 120, true, 1}, {"b", "", {}, 0, false, 2}};
  });
  const auto found = asked(list).get();
  ASSERT_TRUE(found);
  EXPECT_EQ(nodes_json(*found),
            R"({"nodes":[{"name":"a","address":"10.0.0.1:7070","partitions":[3,7],"reads_format":1,"silent_ms":120,)"
            R"("leaving":true},)"
            R"({"name":"b","partitions":[],"reads_format":2,"silent_ms":0,"leaving":false}]})");
}

TEST(a_list_of_nodes, says_so_when_the_journal_does_not_answer_and_asks_again) {
  bool away = true;
  node_list list([&away]() -> node_list::nodes {
    if (std::exchange(away, false)) throw std::runtime_error("no answer");
    return {{"a", "", {}, 0, false}};
  });
  EXPECT_FALSE(asked(list).get());
  EXPECT_TRUE(asked(list).get());
}

TEST(a_list_of_nodes, is_looked_up_once_for_all_who_ask_meanwhile_and_refused_past_the_limit) {
  std::promise<void> begun;
  std::promise<void> go_on;
  auto goes_on = go_on.get_future().share();
  int looks = 0;
  node_list list(
      [&] {
        if (++looks == 1) begun.set_value();
        goes_on.wait();
        return node_list::nodes{};
      },
      2);
  auto first = asked(list);
  begun.get_future().wait();
  auto second = asked(list);
  auto third = asked(list);
  EXPECT_FALSE(asked(list).get()) << "two wait already";
  go_on.set_value();
  EXPECT_TRUE(first.get() && second.get() && third.get());
  EXPECT_EQ(looks, 2);
}

TEST(a_list_of_nodes, that_ends_answers_who_still_waits) {
  std::promise<void> begun;
  std::promise<void> go_on;
  auto goes_on = go_on.get_future().share();
  bool is_first = true;
  auto list = std::make_unique<node_list>([&]() -> node_list::nodes {
    if (std::exchange(is_first, false)) begun.set_value();
    goes_on.wait();
    return {};
  });
  auto first = asked(*list);
  begun.get_future().wait();
  auto second = asked(*list);
  std::thread ending([&list] { list.reset(); });
  go_on.set_value();
  first.get();
  second.get();
  ending.join();
}

}  // namespace
}  // namespace sagad::api

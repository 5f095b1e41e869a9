#include "runtime/blocking_work.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <vector>

namespace sagad::runtime {
namespace {

TEST(blocking_work, is_done_on_another_thread_in_its_order) {
  blocking_work aside(10);
  std::vector<int> done;
  std::promise<std::thread::id> last;
  for (const int number : {1, 2}) EXPECT_TRUE(aside.begin([&done, number] { done.push_back(number); }));
  EXPECT_TRUE(aside.begin([&] { last.set_value(std::this_thread::get_id()); }));
  EXPECT_NE(last.get_future().get(), std::this_thread::get_id());
  EXPECT_EQ(done, (std::vector<int>{1, 2}));
}

TEST(blocking_work, takes_no_more_than_may_wait_and_drops_it_at_the_end) {
  blocking_work aside(2);
  std::promise<void> begun;
  std::promise<void> free;
  EXPECT_TRUE(aside.begin([&, freed = free.get_future().share()] {
    begun.set_value();
    freed.wait();
  }));
  begun.get_future().wait();
  const auto kept = std::make_shared<int>(0);
  EXPECT_TRUE(aside.begin([kept] { ++*kept; }));
  EXPECT_TRUE(aside.begin([kept] { ++*kept; }));
  EXPECT_FALSE(aside.begin([kept] { ++*kept; })) << "two wait already";
  auto stopped = std::async(std::launch::async, [&] { aside.stop(); });
  while (!aside.stopped()) std::this_thread::yield();
  EXPECT_FALSE(aside.begin([] {}));
  free.set_value();
  stopped.get();
  EXPECT_EQ(*kept, 0);
  EXPECT_EQ(kept.use_count(), 1) << "what it owned is given back";
}

}  // namespace
}  // namespace sagad::runtime

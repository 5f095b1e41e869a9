#include "base/unique_function.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace {

using sagad::unique_function;

TEST(unique_function, calls_what_owns_something_that_cannot_be_copied) {
  auto owned = std::make_unique<int>(7);
  unique_function<int(int)> add([owned = std::move(owned)](int more) { return *owned + more; });
  EXPECT_EQ(add(1), 8);
}

TEST(unique_function, hands_on_arguments_that_cannot_be_copied) {
  unique_function<int(std::unique_ptr<int>)> read([](std::unique_ptr<int> value) { return *value; });
  EXPECT_EQ(read(std::make_unique<int>(3)), 3);
}

TEST(unique_function, is_empty_at_first_and_after_a_move) {
  unique_function<void()> nothing;
  EXPECT_FALSE(nothing);
  unique_function<void()> first([] {});
  EXPECT_TRUE(first);
  auto second = std::move(first);
  EXPECT_FALSE(first);
  EXPECT_TRUE(second);
}

TEST(unique_function, keeps_the_state_of_what_it_calls) {
  unique_function<int()> count([calls = 0]() mutable { return ++calls; });
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(count(), 2);
}

TEST(unique_function, frees_what_it_owns) {
  auto watched = std::make_shared<int>(1);
  {
    unique_function<void()> holder([watched] {});
    EXPECT_EQ(watched.use_count(), 2);
  }
  EXPECT_EQ(watched.use_count(), 1);
}

}  // namespace

#include "views/views.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <future>
#include <thread>

#include "interrupted_journal.hpp"
#include "view_bench.hpp"

namespace sagad::views::tests {
namespace {

using testing::HasSubstr;

constexpr auto patience = std::chrono::seconds(60);

/// The views of a journal on their own thread.
class the_views : public testing::Test {
 protected:
  views& open(std::size_t queries_max = 256, std::int64_t after_ms_max = 60'000) {
    views_options options;
    options.keeper.path = ":memory:";
    options.queries_max = queries_max;
    options.after_ms_max = after_ms_max;
    opened = std::make_unique<views>(options, journal.store(), definition_of, [] { return now; });
    return *opened;
  }

  std::future<find_result> ask(query wanted) {
    auto told = std::make_shared<std::promise<find_result>>();
    opened->find(std::move(wanted), [told](find_result result) { told->set_value(std::move(result)); });
    return told->get_future();
  }
  static find_result told(std::future<find_result>& asked) {
    if (asked.wait_for(patience) != std::future_status::ready) throw std::runtime_error("nobody answers");
    return asked.get();
  }
  static problem refused(std::future<find_result>& asked) { return std::get<problem>(told(asked)); }

  std::vector<course> courses = random_courses(11, 20);
  written_journal journal;
  std::unique_ptr<views> opened;
};

TEST_F(the_views, show_what_a_query_waits_for) {
  open().begin();
  for (const auto& course : courses) {
    query wanted;
    wanted.after = journal.write(course, 0);
    wanted.filter.lowest = wanted.filter.highest = course.id;
    auto asked = ask(wanted);
    EXPECT_THAT(ids_of(std::get<page>(told(asked))), testing::ElementsAre(course.id.text()));
  }
  EXPECT_EQ(opened->measured().sagas, courses.size());
}

TEST_F(the_views, let_a_query_wait_until_its_place_is_written) {
  open().begin();
  query wanted;
  wanted.after = place{courses[0].id.partition(), 1};
  auto asked = ask(wanted);
  auto at_once = ask({});
  told(at_once);
  EXPECT_EQ(asked.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  journal.write(courses[0], 0);
  EXPECT_TRUE(std::holds_alternative<page>(told(asked)));
}

TEST_F(the_views, tell_in_time_that_a_place_never_was) {
  open(256, 1).begin();
  query wanted;
  wanted.after = place{0, 1'000'000};
  auto asked = ask(wanted);
  const auto told = refused(asked);
  EXPECT_EQ(told.code, problem_code::invalid_argument);
  EXPECT_THAT(told.detail, HasSubstr("no record has the position"));
}

TEST_F(the_views, tell_in_time_that_a_place_was_not_reached) {
  journal.write(courses, 1);
  interrupted_journal source(journal.store(), 30);
  views_options options;
  options.keeper.path = ":memory:";
  options.after_ms_max = 1;
  opened = std::make_unique<views>(options, source, definition_of, [] { return now; });
  opened->begin();
  query wanted;
  wanted.after = place{0, 1'000'000};
  auto asked = ask(wanted);
  const auto told = refused(asked);
  EXPECT_EQ(told.code, problem_code::overloaded);
  EXPECT_THAT(told.detail, HasSubstr("have not come to the position"));
  opened.reset();
}

TEST_F(the_views, refuse_more_queries_at_once_than_they_may_hold) {
  open(3).begin();
  query forever;
  forever.after = place{0, 1'000'000};
  std::vector<std::future<find_result>> held;
  for (int count = 0; count < 3; ++count) held.push_back(ask(forever));
  auto further = ask({});
  EXPECT_EQ(refused(further).code, problem_code::overloaded);
  opened->stop();
  for (auto& one : held) EXPECT_EQ(refused(one).code, problem_code::draining);
  auto late = ask({});
  EXPECT_EQ(refused(late).code, problem_code::draining);
}

TEST_F(the_views, take_queries_again_once_earlier_ones_were_answered) {
  open(1).begin();
  for (int count = 0; count < 50; ++count) {
    // A place that is freed a moment after its answer.
    const auto end = std::chrono::steady_clock::now() + patience;
    while (true) {
      auto asked = ask({});
      if (std::holds_alternative<page>(told(asked))) break;
      ASSERT_LT(std::chrono::steady_clock::now(), end);
      std::this_thread::yield();
    }
  }
}

TEST_F(the_views, are_built_anew_when_that_is_asked_for) {
  journal.write(courses, 1);
  open().begin();
  const auto ready = [&](std::uint64_t rebuilt) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (opened->measured().rebuilt < rebuilt) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  };
  ASSERT_TRUE(ready(1));
  std::promise<views::rebuild_result> begun;
  opened->rebuild([&](views::rebuild_result result) { begun.set_value(std::move(result)); });
  const auto wanted = std::get<std::uint64_t>(begun.get_future().get());
  EXPECT_EQ(wanted, 2U);
  EXPECT_TRUE(ready(wanted));
  EXPECT_FALSE(opened->measured().rebuilding);
  EXPECT_EQ(opened->measured().sagas, courses.size());
  EXPECT_EQ(opened->measured().as_of, now);
}

TEST_F(the_views, count_what_is_in_flight) {
  for (const auto& course : courses) journal.write(course, 0);
  open().begin();
  query all;
  all.after = place{courses.back().id.partition(), 1};
  auto asked = ask(all);
  told(asked);
  std::vector<definition_version> all_there_are;
  for (const std::string name : {"sale", "refund", ""}) {
    for (std::uint32_t version = 0; version <= 2; ++version) {
      all_there_are.push_back({digest_of("the content of " + name), version});
    }
  }
  std::promise<views::in_flight_result> counted;
  opened->in_flight(all_there_are, [&](views::in_flight_result result) { counted.set_value(std::move(result)); });
  std::uint64_t sum = 0;
  const auto each = std::get<std::vector<std::uint64_t>>(counted.get_future().get());
  for (const auto one : each) sum += one;
  EXPECT_EQ(sum, courses.size());
}

}  // namespace
}  // namespace sagad::views::tests

#include "api/command_job.hpp"

#include <gmock/gmock.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "api/command_jobs.hpp"

namespace sagad::api {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

saga_id saga(std::uint64_t number) {
  return saga_id::make(static_cast<millis>(1000 + number), 7, number);
}

/// Views and sagas that answer when the test says so, and a queue in place of a reactor.
class bench {
 public:
  struct sent {
    saga_id to;
    runtime::command_request request;
    unique_function<void(runtime::command_result)> tell;
  };

  command_job_surroundings around() {
    return {[this](views::query wanted, unique_function<void(views::find_result)> tell) {
              asked.push_back(wanted);
              pages.push_back(std::move(tell));
            },
            [this](const saga_id& to, runtime::command_request request,
                   unique_function<void(runtime::command_result)> tell) {
              ++this_turn;
              if (refuses_at_once) return tell(problem{problem_code::state_refuses, "no"});
              under_way.push_back({to, std::move(request), std::move(tell)});
              most_under_way = std::max(most_under_way, under_way.size());
            },
            [this](unique_function<void()> task) { tasks.push_back(std::move(task)); }, [this] { return now; }};
  }

  static bulk_request request(std::string id = "job") {
    auto read = read_bulk(R"({"id":")" + id + R"(","command":"retry","filter":{"state":"stuck"},"reason":"r"})");
    return std::get<bulk_request>(std::move(read));
  }

  // The views' answer: these sagas, and whether there are further pages.
  void find(std::uint64_t first, std::uint64_t count, bool more) {
    views::page page;
    for (auto number = first; number < first + count; ++number) page.seen.push_back({saga(number), 5});
    if (more) page.next = saga(first + count - 1);
    page.as_of = 77;
    tell_page(std::move(page));
  }
  void tell_page(views::find_result result) {
    auto tell = std::move(pages.front());
    pages.pop_front();
    tell(std::move(result));
  }
  void answer(runtime::command_result result) {
    auto one = std::move(under_way.front());
    under_way.pop_front();
    one.tell(std::move(result));
  }
  static runtime::command_result carried_out(bool repeated = false) {
    runtime::saga_answer answer;
    answer.repeated = repeated;
    return answer;
  }
  // One turn of the reactor.
  void run_tasks() {
    auto now_there = std::exchange(tasks, {});
    for (auto& task : now_there) {
      this_turn = 0;
      task();
      most_a_turn = std::max(most_a_turn, this_turn);
    }
  }
  void settle() {
    while (!tasks.empty() || !under_way.empty()) {
      run_tasks();
      if (!under_way.empty()) answer(carried_out());
    }
  }

  bool refuses_at_once = false;
  millis now = 1000;
  std::vector<views::query> asked;
  std::deque<unique_function<void(views::find_result)>> pages;
  std::deque<sent> under_way;
  std::vector<unique_function<void()>> tasks;
  std::size_t most_under_way = 0;
  std::size_t this_turn = 0;
  std::size_t most_a_turn = 0;
};

std::shared_ptr<command_job> begun(bench& in, const command_job_limits& limits = {}) {
  auto job = std::make_shared<command_job>(bench::request(), limits, in.around());
  job->begin();
  return job;
}

TEST(a_command_job, tells_each_saga_by_an_id_of_its_own_and_only_while_it_is_as_it_was_seen) {
  bench in;
  const auto job = begun(in);
  EXPECT_EQ(in.asked.at(0).filter.states, views::only(views::shown::stuck));
  EXPECT_TRUE(in.asked.at(0).bare);
  in.find(1, 2, false);
  ASSERT_EQ(in.under_way.size(), 2U);
  EXPECT_EQ(in.under_way[0].to, saga(1));
  EXPECT_EQ(in.under_way[0].request.id, "job/" + saga(1).text());
  EXPECT_EQ(in.under_way[1].request.id, "job/" + saga(2).text());
  EXPECT_EQ(in.under_way[0].request.if_seq, 5U);
  EXPECT_EQ(in.under_way[0].request.reason, "r");
  EXPECT_FALSE(job->over());
  EXPECT_THAT(job->progress(), AllOf(HasSubstr(R"("state":"running")"), HasSubstr(R"("under_way":2)")));
  in.settle();
  EXPECT_TRUE(job->over());
  EXPECT_THAT(job->progress(), AllOf(HasSubstr(R"("state":"done")"), HasSubstr(R"("found":2,"found_all":true)"),
                                     HasSubstr(R"("done":2)"), HasSubstr(R"("ended":)")));
}

TEST(a_command_job, goes_through_the_pages_to_the_last) {
  bench in;
  command_job_limits limits;
  limits.page_sagas_max = 3;
  const auto job = begun(in, limits);
  EXPECT_EQ(in.asked.at(0).sagas_max, 3U);
  EXPECT_EQ(in.asked.at(0).before, std::nullopt);
  in.find(1, 3, true);
  in.settle();
  EXPECT_EQ(in.asked.at(1).before, saga(3));
  in.find(4, 0, true);  // enough was read for one page, and nothing found
  EXPECT_EQ(in.asked.at(2).before, saga(3));
  in.find(4, 1, false);
  in.settle();
  EXPECT_THAT(job->progress(), AllOf(HasSubstr(R"("state":"done")"), HasSubstr(R"("found":4,"found_all":true)")));
}

TEST(a_command_job, has_few_commands_under_way_and_few_in_a_turn) {
  bench in;
  command_job_limits limits;
  limits.under_way_max = 10;
  limits.commands_a_turn_max = 4;
  const auto job = begun(in, limits);
  in.find(1, 300, false);
  EXPECT_EQ(in.under_way.size(), 4U) << "the first turn's";
  in.run_tasks();
  in.run_tasks();
  EXPECT_EQ(in.under_way.size(), 10U);
  in.run_tasks();
  EXPECT_EQ(in.under_way.size(), 10U);
  in.settle();
  EXPECT_EQ(in.most_under_way, 10U);
  EXPECT_LE(in.most_a_turn, 4U);
  EXPECT_THAT(job->progress(), HasSubstr(R"("done":300)"));
}

TEST(a_command_job, has_few_in_a_turn_when_they_are_answered_at_once_too) {
  bench in;
  in.refuses_at_once = true;
  const auto job = begun(in);
  in.find(1, 100, false);
  in.settle();
  EXPECT_EQ(in.most_a_turn, command_job_limits{}.commands_a_turn_max);
  EXPECT_THAT(job->progress(), AllOf(HasSubstr(R"("refused":100)"), HasSubstr(R"("state":"done")")));
}

TEST(a_command_job, counts_what_became_of_each_and_tells_it) {
  bench in;
  const auto job = begun(in);
  in.find(1, 5, false);
  in.answer(bench::carried_out());
  in.answer(bench::carried_out(true));
  in.answer(problem{problem_code::changed_meanwhile, "the newest record is 6"});
  in.answer(problem{problem_code::in_flight, "times out in 900 ms"});
  in.answer(problem{problem_code::durability_unknown, "repeat it"});
  EXPECT_THAT(job->progress(), HasSubstr(R"("done":1,"repeated":1,"moved_on":1,"refused":1,"unknown":1)"));
  const auto all = job->with_results({});
  EXPECT_THAT(all, HasSubstr(R"("results":[{"saga":")" + saga(1).text() + R"(","outcome":"done"},)"));
  EXPECT_THAT(all, HasSubstr(R"({"saga":")" + saga(3).text() + R"(","outcome":"moved_on","why":"changed-meanwhile"})"));
  EXPECT_THAT(all, HasSubstr(R"("outcome":"refused","why":"in-flight"})"));
  EXPECT_THAT(all, HasSubstr(R"("outcome":"unknown","why":"durability-unknown"}],"next":null})"));
  const auto some = job->with_results({1, 50, command_outcome::refused});
  EXPECT_THAT(some, AllOf(HasSubstr(saga(4).text()), Not(HasSubstr(saga(5).text()))));
  EXPECT_THAT(job->with_results({1, 2, {}}), HasSubstr(R"("next":3)"));
}

TEST(a_command_job, says_where_further_results_will_stand_while_it_goes_on) {
  bench in;
  const auto job = begun(in);
  in.find(1, 2, false);
  in.answer(bench::carried_out());
  EXPECT_THAT(job->with_results({}), HasSubstr(R"("next":1})"));
  EXPECT_THAT(job->with_results({99, 50, {}}), HasSubstr(R"("results":[],"next":1})"));
}

TEST(a_command_job, takes_no_more_sagas_than_it_may_and_says_that_there_are_more) {
  bench in;
  command_job_limits limits;
  limits.sagas_max = 5;
  limits.page_sagas_max = 3;
  const auto job = begun(in, limits);
  in.find(1, 3, true);
  in.settle();
  EXPECT_EQ(in.asked.at(1).sagas_max, 2U);
  in.find(4, 2, true);
  in.settle();
  EXPECT_EQ(in.asked.size(), 2U);
  EXPECT_THAT(job->progress(), AllOf(HasSubstr(R"("state":"done")"), HasSubstr(R"("found":5,"found_all":false)")));
}

TEST(a_command_job, that_is_stopped_tells_no_further_saga_and_is_over_when_all_have_answered) {
  bench in;
  const auto job = begun(in);
  in.find(1, 100, true);
  const auto told = in.under_way.size();
  job->stop();
  in.run_tasks();
  EXPECT_EQ(in.under_way.size(), told);
  EXPECT_FALSE(job->over());
  in.now = 2000;
  in.settle();
  EXPECT_TRUE(job->over());
  EXPECT_THAT(job->progress(), AllOf(HasSubstr(R"("state":"stopped")"), HasSubstr("\"done\":" + std::to_string(told)),
                                     HasSubstr(R"("ended":"1970-01-01T00:00:02.000Z")")));
  EXPECT_EQ(in.asked.size(), 1U);
}

TEST(a_command_job, fails_when_nobody_can_say_which_sagas_there_are) {
  bench in;
  const auto job = begun(in);
  in.tell_page(problem{problem_code::draining, "sagad is going down"});
  EXPECT_TRUE(job->failed());
  EXPECT_THAT(job->progress(),
              AllOf(HasSubstr(R"("state":"failed")"), HasSubstr(R"("failure":"sagad is going down")")));
}

std::string refusal(const std::variant<command_jobs::job_ptr, problem>& told) {
  const auto* why = std::get_if<problem>(&told);
  return why == nullptr ? "" : std::string(name(why->code));
}

TEST(command_jobs, know_a_job_by_its_id_and_its_request) {
  bench in;
  command_jobs jobs({}, in.around());
  const auto first = std::get<command_jobs::job_ptr>(jobs.begin(bench::request()));
  EXPECT_EQ(std::get<command_jobs::job_ptr>(jobs.begin(bench::request())), first);
  EXPECT_EQ(in.asked.size(), 1U) << "it began once";
  auto other = bench::request();
  other.content.bytes[0] ^= 1U;
  EXPECT_EQ(refusal(jobs.begin(other)), "key-reused");
  EXPECT_EQ(std::get<command_jobs::job_ptr>(jobs.find("job")), first);
  EXPECT_EQ(refusal(jobs.find("another")), "not-found");
}

TEST(command_jobs, are_few_at_once) {
  bench in;
  command_job_limits limits;
  limits.jobs_max = 2;
  command_jobs jobs(limits, in.around());
  jobs.begin(bench::request("a"));
  jobs.begin(bench::request("b"));
  EXPECT_EQ(refusal(jobs.begin(bench::request("c"))), "overloaded");
  EXPECT_EQ(refusal(jobs.begin(bench::request("a"))), "") << "a known one is no further one";
  in.find(1, 0, false);
  EXPECT_EQ(refusal(jobs.begin(bench::request("c"))), "");
}

TEST(command_jobs, are_forgotten_the_oldest_first_once_they_are_over) {
  bench in;
  command_job_limits limits;
  limits.jobs_kept_max = 2;
  command_jobs jobs(limits, in.around());
  for (const std::string id : {"a", "b", "c"}) {
    jobs.begin(bench::request(id));
    in.find(1, 0, false);
  }
  EXPECT_EQ(refusal(jobs.find("a")), "not-found");
  EXPECT_EQ(refusal(jobs.find("b")), "");
  EXPECT_EQ(refusal(jobs.find("c")), "");
}

TEST(command_jobs, begin_anew_what_failed_and_nothing_else) {
  bench in;
  command_jobs jobs({}, in.around());
  const auto first = std::get<command_jobs::job_ptr>(jobs.begin(bench::request()));
  in.tell_page(problem{problem_code::overloaded, "too many lists"});
  const auto second = std::get<command_jobs::job_ptr>(jobs.begin(bench::request()));
  EXPECT_NE(first, second);
  second->stop();
  EXPECT_EQ(std::get<command_jobs::job_ptr>(jobs.begin(bench::request())), second);
}

}  // namespace
}  // namespace sagad::api

#include "api/command_jobs.hpp"

#include <algorithm>
#include <utility>

#include "runtime/runtime.hpp"

namespace sagad::api {

std::variant<command_jobs::job_ptr, problem> command_jobs::begin(bulk_request what) {
  const auto known =
      std::find_if(jobs_.begin(), jobs_.end(), [&](const job_ptr& one) { return one->id() == what.each.id; });
  if (known != jobs_.end()) {
    if ((*known)->content() != what.content) {
      return problem{
          problem_code::key_reused,
          "this id stands for other commands: use a new id, or look at `GET /v1/commands/" + what.each.id + "`"};
    }
    if (!(*known)->failed() || !(*known)->over()) return *known;
  }
  const auto open = std::count_if(jobs_.begin(), jobs_.end(), [](const job_ptr& one) { return !one->over(); });
  if (static_cast<std::size_t>(open) >= limits_.jobs_max) {
    return problem{problem_code::overloaded, "as many jobs are under way as may at once (" +
                                                 std::to_string(limits_.jobs_max) +
                                                 "): wait until one is over, or stop one"};
  }
  if (known != jobs_.end()) jobs_.erase(known);
  jobs_.push_back(std::make_shared<command_job>(std::move(what), limits_, around_));
  forget_old();
  const auto job = jobs_.back();
  job->begin();
  return job;
}

std::variant<command_jobs::job_ptr, problem> command_jobs::find(std::string_view id) const {
  const auto known = std::find_if(jobs_.begin(), jobs_.end(), [&](const job_ptr& one) { return one->id() == id; });
  if (known != jobs_.end()) return *known;
  return problem{problem_code::not_found,
                 "no such job is known since sagad began, or later ones took its place: send "
                 "it again with its id, and no saga is told twice"};
}

void command_jobs::forget_old() {
  for (auto one = jobs_.begin(); one != jobs_.end() && jobs_.size() > limits_.jobs_kept_max;) {
    one = (*one)->over() ? jobs_.erase(one) : std::next(one);
  }
}

command_job_surroundings at_home(runtime::runtime& sagas, views::views& views) {
  constexpr auto home = command_jobs::home;
  return {
      [&sagas, &views](views::query wanted, unique_function<void(views::find_result)> tell) {
        views.find(std::move(wanted), [&sagas, tell = std::move(tell)](views::find_result found) mutable {
          sagas.at(home).on([tell = std::move(tell), found = std::move(found)]() mutable { tell(std::move(found)); });
        });
      },
      [&sagas](const saga_id& id, runtime::command_request request,
               unique_function<void(runtime::command_result)> tell) {
        sagas.command(home, id, std::move(request), std::move(tell));
      },
      [&sagas](unique_function<void()> task) { sagas.at(home).later(std::move(task)); },
      [&sagas] { return sagas.parts().time.now(); }};
}

}  // namespace sagad::api

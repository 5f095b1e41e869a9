#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/bulk_request.hpp"
#include "base/unique_function.hpp"
#include "runtime/resident.hpp"
#include "views/views.hpp"

namespace sagad::api {

struct command_job_limits {
  std::size_t jobs_max = 2;               ///< of the process at once; past it 503
  std::size_t jobs_kept_max = 8;          ///< with those that are over: the oldest of them is forgotten
  std::size_t sagas_max = 250'000;        ///< of one job; what else the filter finds is left
  std::size_t page_sagas_max = 500;       ///< asked of the views at once
  std::size_t under_way_max = 32;         ///< commands of one job whose records are not durable yet: the rest waits
  std::size_t commands_a_turn_max = 8;    ///< before others have their reactor
  std::size_t results_a_page_max = 1000;  ///< of an answer
};

/// Where a job lives: one reactor, on which everything here is called and told.
struct command_job_surroundings {
  std::function<void(views::query, unique_function<void(views::find_result)>)> find;
  std::function<void(const saga_id&, runtime::command_request, unique_function<void(runtime::command_result)>)> command;
  std::function<void(unique_function<void()>)> later;  ///< after what waits for that reactor already
  std::function<millis()> now;
};

/// What became of a command for one saga.
enum class command_outcome : std::uint8_t {
  done,
  repeated,  ///< the saga had this command before
  moved_on,  ///< its newest record is no longer the one that the views had: it was left alone
  refused,
  unknown,  ///< whether it was recorded is not known
};
inline constexpr std::size_t command_outcomes = 5;
std::string_view name(command_outcome outcome) noexcept;
std::optional<command_outcome> parse_command_outcome(std::string_view text) noexcept;

/// Which of a job's results are wanted: from the one of this number on.
struct results_wanted {
  std::size_t from = 0;
  std::size_t limit = 50;
  std::optional<command_outcome> only;
};

/// One command for all sagas that a filter finds: asked of the views page by page, told to each through the door that a
/// single command takes, and only while the saga's newest record is the one that the views had. Each command has the
/// id `JOB/SAGA`, so that a saga has it once, whoever says the same again. One reactor's thread.
class command_job final : public std::enable_shared_from_this<command_job> {
 public:
  command_job(bulk_request what, const command_job_limits& limits, command_job_surroundings around);

  void begin();
  /// Tells no further saga.
  void stop();

  const std::string& id() const noexcept { return what_.each.id; }
  const digest& content() const noexcept { return what_.content; }
  /// Nothing is told any more, and everything that was is answered.
  bool over() const noexcept { return standing_ != standing::running && under_way_ == 0; }
  /// It ended before its end, and for no person's sake.
  bool failed() const noexcept { return standing_ == standing::failed; }

  /// The members of its object: where it is.
  std::string progress() const;
  /// `progress`, and a page of its results, in the order in which they came.
  std::string with_results(const results_wanted& wanted) const;

 private:
  enum class standing : std::uint8_t { running, done, stopped, failed };
  struct result {
    saga_id saga;
    command_outcome outcome = command_outcome::done;
    problem_code why = problem_code::internal;  ///< of what is neither done nor repeated
  };

  void ask();
  void take(views::find_result found);
  void go_on();
  void go_on_later();
  void tell(const views::seen_saga& seen);
  void told(const saga_id& saga, const runtime::command_result& answer);
  void end(standing how);

  bulk_request what_;
  command_job_limits limits_;
  command_job_surroundings around_;
  standing standing_ = standing::running;
  std::optional<problem> failure_;
  millis began_ = 0;
  millis ended_ = 0;
  millis as_of_ = 0;                    ///< of the newest page
  std::vector<views::seen_saga> page_;  ///< what is told
  std::size_t next_ = 0;                ///< of `page_`
  std::optional<saga_id> before_;       ///< where the next page begins; none: this is the last one
  std::size_t found_ = 0;
  bool found_all_ = false;
  std::size_t under_way_ = 0;
  bool telling_ = false;  ///< whoever answers at once answers within `go_on`
  bool later_ = false;    ///< a further turn is waited for
  std::array<std::size_t, command_outcomes> counted_{};
  std::deque<result> results_;
};

}  // namespace sagad::api

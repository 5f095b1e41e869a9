#pragma once

#include <list>
#include <memory>
#include <string_view>
#include <variant>

#include "api/command_job.hpp"

namespace sagad::runtime {
class runtime;
}

namespace sagad::api {

/// The jobs that this process knows: those that are under way, and the newest of those that are over. They are in
/// memory alone; what they did is in the journal. The thread of reactor `home`.
class command_jobs {
 public:
  static constexpr std::size_t home = 0;

  command_jobs(const command_job_limits& limits, command_job_surroundings around)
      : limits_(limits), around_(std::move(around)) {}

  using job_ptr = std::shared_ptr<command_job>;
  /// The job that the request stands for: the known one, whose request must be the same, or a new one, which begins.
  /// One that failed begins anew.
  std::variant<job_ptr, problem> begin(bulk_request what);
  std::variant<job_ptr, problem> find(std::string_view id) const;

  const command_job_limits& limits() const noexcept { return limits_; }

 private:
  void forget_old();

  command_job_limits limits_;
  command_job_surroundings around_;
  std::list<job_ptr> jobs_;  ///< the oldest first
};

/// What jobs of this process live in. Both outlive them.
command_job_surroundings at_home(runtime::runtime& sagas, views::views& views);

}  // namespace sagad::api

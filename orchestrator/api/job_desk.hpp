#pragma once

#include <cstdint>
#include <string>

#include "api/command_jobs.hpp"
#include "base/unique_function.hpp"
#include "http/server.hpp"

namespace sagad::api {

/// What is asked about a job of commands.
struct job_request {
  enum class action : std::uint8_t { begin, show, stop } what = action::show;
  std::string id;
  std::string body;        ///< begin: as it came, and checked
  std::string actor;       ///< begin: who asks
  results_wanted results;  ///< show
};

/// Where jobs are asked for, whichever node has them: where several share the journal a job lives in the node that has
/// the partition which its id falls to when it begins. What is asked of another is handed on as a saga's commands are.
/// Both outlive it.
class job_desk {
 public:
  job_desk(command_jobs& jobs, runtime::runtime& sagas);
  job_desk(const job_desk&) = delete;
  job_desk& operator=(const job_desk&) = delete;

  const command_job_limits& limits() const noexcept { return jobs_.limits(); }
  /// Called on reactor `from`, and told there.
  void ask(std::size_t from, job_request what, unique_function<void(http::response)> tell);

 private:
  http::response answer(const job_request& what);

  command_jobs& jobs_;
  runtime::runtime& sagas_;
};

}  // namespace sagad::api

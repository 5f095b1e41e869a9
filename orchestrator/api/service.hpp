#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/access.hpp"
#include "api/batch.hpp"
#include "api/bulk_request.hpp"
#include "api/event_feed.hpp"
#include "api/job_desk.hpp"
#include "api/node_list.hpp"
#include "api/start_request.hpp"
#include "api/target.hpp"
#include "definition/load.hpp"
#include "dispatch/participant_view.hpp"
#include "http/server.hpp"
#include "runtime/runtime.hpp"
#include "views/views.hpp"

namespace sagad::api {

/// What all of a process's services share; outlives them.
struct service_parts {
  runtime::runtime& sagas;
  views::views& views;
  event_feed& events;
  job_desk& jobs;
  node_list& nodes;
  const access& roles;
  definition::surroundings around;  ///< what definitions may refer to
  millis wait_ms_max = 60'000;
  std::function<dispatch::participant_views(std::size_t reactor)> participants;  ///< on that reactor's thread
  std::function<http::server_counts(std::size_t reactor)> connections;           ///< on any thread
  millis views_lag_ms_max = 10'000;                                              ///< further behind it is not ready
  batch_limits batches;
  std::shared_ptr<std::atomic<std::size_t>> batches_open = std::make_shared<std::atomic<std::size_t>>(0);
};

/// The routes, for the connections of one reactor. On that reactor's thread only.
class service {
 public:
  service(service_parts& parts, std::size_t reactor) : parts_(parts), reactor_(reactor) {}

  void handle(const http::request& request, http::reply reply);
  /// Starts something for somebody, and tells what became of it, on this reactor.
  void start(const caller& who, runtime::start_request request, const named_definition& named,
             unique_function<void(start_outcome)> tell);

  /// The most bytes of a body that is taken in pieces; 0: of such a request it is not.
  std::size_t piecewise_bytes_max(std::string_view method, std::string_view target) const;
  std::shared_ptr<http::intake> begin_batch(const http::request& request, http::reply reply);

 private:
  struct context {
    const http::request& request;
    target where;
    caller who;
  };

  void route(const context& asked, http::reply& reply);
  bool route_saga(const context& asked, http::reply& reply);
  bool route_definition(const context& asked, http::reply& reply);
  bool route_commands(const context& asked, http::reply& reply);
  bool route_plain(const context& asked, http::reply& reply);
  void route_open(const http::request& request, const target& where, http::reply reply);

  void start_short(const context& asked, std::string_view definition_name, http::reply reply);
  void start_whole(const context& asked, http::reply reply);
  using start_telling = unique_function<void(start_outcome)>;
  void start_and_answer(const caller& who, runtime::start_request request, const named_definition& named,
                        http::reply reply);
  void keep_and_begin(runtime::start_request request, start_telling tell);
  void begin(runtime::start_request request, start_telling tell);
  std::optional<refused_start> fit(runtime::start_request& request, const named_definition& named);
  void refuse_new(const runtime::start_request& request, refused_start refusal, start_telling tell);
  static unique_function<void(runtime::start_result)> told_by_runtime(start_telling tell);

  void get_saga(const context& asked, const saga_id& id, http::reply reply);
  void get_events(const context& asked, const saga_id& id, http::reply reply);
  void all_events(const context& asked, http::reply reply);
  void list_sagas(const context& asked, http::reply reply);
  void command(const context& asked, const saga_id& id, engine::command_name name, http::reply reply);
  void show_command(const context& asked, const saga_id& id, http::reply reply);
  void command_many(const context& asked, http::reply reply);
  void show_job(const context& asked, const std::string& id, http::reply reply);
  void stop_job(const std::string& id, http::reply reply);
  void ask_jobs(job_request what, http::reply reply);
  struct tally;
  void find_first(const bulk_request& what, http::reply reply);
  void find_further(const std::shared_ptr<tally>& counted);
  void callback(const http::request& request, std::string_view token, http::reply reply);

  void put_definition(const context& asked, std::string_view name, http::reply reply);
  void retire_definition(std::string_view name, http::reply reply);
  void list_definitions(http::reply reply);
  void get_definition(std::string_view name, http::reply reply);

  void show_views(http::reply reply);
  void rebuild_views(http::reply reply);
  millis views_lag_ms() const;
  /// What the views tell on their thread, told on this reactor's.
  template <typename Tell>
  auto back_here(Tell tell);

  void participants(http::reply reply);
  void nodes(http::reply reply);
  void metrics(http::reply reply);
  void ready(http::reply reply);

  service_parts& parts_;
  std::size_t reactor_;
};

/// What is measured of the whole process: what reactors count is added up.
struct measures {
  runtime::counters counted;
  dispatch::participant_views participants;
  http::server_counts connections;
  journal::statistics journal;
  views::standing listed;
  millis views_lag_ms = 0;
  millis clock_drift_ms = 0;
  std::uint64_t event_streams = 0;
  std::uint64_t batches_open = 0;
};

/// The text format of Prometheus.
std::string metrics_text(const measures& all_measured);

template <typename Tell>
auto service::back_here(Tell tell) {
  return [to = &parts_.sagas.at(reactor_), tell = std::move(tell)](auto result) mutable {
    to->on([tell = std::move(tell), result = std::move(result)]() mutable { tell(std::move(result)); });
  };
}

}  // namespace sagad::api

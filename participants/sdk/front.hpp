#pragma once

#include <cstdint>
#include <memory>

#include "compensations/barrier/guard.hpp"
#include "participants/sdk/call_headers.hpp"
#include "participants/sdk/database_thread.hpp"
#include "participants/sdk/faults.hpp"
#include "participants/sdk/http_server.hpp"
#include "participants/sdk/late_plan.hpp"
#include "participants/sdk/late_worker.hpp"
#include "participants/sdk/scheduler.hpp"
#include "participants/sdk/service.hpp"

namespace sagad::participants {

/// What stands between the wire and the database: finds the route, reads the headers, lets faults strike, and makes the
/// reply out of what was committed. Any thread; blocks on nothing.
class front {
 public:
  struct parts {
    const service& what;
    const std::vector<plain_route>& plain;  ///< the service's own and the built-in ones
    database_thread& writer;
    database_thread& reader;
    barrier::guard& guard;
    fault_switch& faults;
    const late_plan& later;
    scheduler& timers;
    bool admin = true;  ///< false: no route that is_admin is served
  };

  explicit front(const parts& of) : parts_(of) {}
  /// Before the first request; may be null for a front without late answers.
  void set_late_worker(late_worker* worker) noexcept { late_worker_ = worker; }

  void take(http_request asked, http_server::responder respond);

 private:
  struct open_call;

  void take_call(const call_route& route, http_request asked, http_server::responder respond);
  void take_plain(const plain_route& route, http_request asked, path_values values, http_server::responder respond);
  void submit(const std::shared_ptr<open_call>& one);
  void work(open_call& one, barrier::connection& db);
  barrier::business_result run(open_call& one, barrier::connection& db);
  void settle(open_call& one, database_thread::verdict end);
  void reply(const open_call& one, http_reply made);
  http_reply not_found(const http_request& asked) const;

  parts parts_;
  late_worker* late_worker_ = nullptr;
};

}  // namespace sagad::participants

#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "sagactl/exit_code.hpp"
#include "sagactl/json_view.hpp"
#include "sagactl/session.hpp"

namespace sagad::sagactl {

/// An answer, read. Status 0: none came.
struct reply {
  int status = 0;
  std::string body;
  rapidjson::Document document;

  bool good() const noexcept { return status >= 200 && status < 300; }
  json_view view() const { return json_view(&document); }
  /// The last part of a problem's type: `changed-meanwhile`; empty without one.
  std::string problem() const;
};

reply ask(session& with, const http_request& what);
reply ask(session& with, std::string target);

/// Says on `err` what went wrong and what to do next: `advice`, or what the problem's kind suggests. With --json the
/// problem goes there as the server wrote it. The exit code for it.
exit_code report(session& with, const reply& bad, std::string_view advice = {});

/// One percent-encoded segment of a path, or value of a query.
std::string encoded(std::string_view text);

}  // namespace sagad::sagactl

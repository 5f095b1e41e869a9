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
  bool more = false;  ///< a page of records, behind which there is another
  rapidjson::Document document;
  bool foreign = false;     ///< no sagad answers so: another service, a page to log in, a redirection
  std::string why_foreign;  ///< for people; may be empty

  bool good() const noexcept { return status >= 200 && status < 300 && !foreign; }
  json_view view() const { return json_view(&document); }
  /// The last part of a problem's type: `changed-meanwhile`; empty without one.
  std::string problem() const;
};

/// `member` is what a good answer has, so that nobody else's is taken for one.
reply ask(session& with, const http_request& what, std::string_view member = {});
reply ask(session& with, std::string target, std::string_view member = {});
/// For a page of sagas, records or results, which may be larger.
reply ask_page(session& with, std::string target, std::string_view member = {});

/// Says on `err` what went wrong and what to do next: `advice`, or what the problem's kind suggests. With --json the
/// problem goes there as the server wrote it. The exit code for it.
exit_code report(session& with, const reply& bad, std::string_view advice = {});

/// The command as it was typed, with an option that it did not have: for messages that say what to type again.
std::string typed_with(const session& with, std::string_view option, const std::string& value);

}  // namespace sagad::sagactl

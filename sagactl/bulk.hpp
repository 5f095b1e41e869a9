#pragma once

#include <string>

#include "sagactl/exit_code.hpp"
#include "sagactl/saga_filter.hpp"
#include "sagactl/session.hpp"

namespace sagad::sagactl {

/// One command for all sagas that a filter finds.
struct bulk_options {
  std::string command;
  std::string members;  ///< of the command, as they stand in an object's text; each begins with a comma
  saga_filter filter;
  std::string id;  ///< the job's
};

/// How many there are, and the first of them; nothing is changed.
exit_code count_bulk(session& with, const bulk_options& options);
/// Has the server do it, and follows until it is done.
exit_code run_bulk(session& with, const bulk_options& options);
/// Follows one that was begun before.
exit_code follow_job(session& with, const std::string& id);
/// Only says how far it is.
exit_code show_job(session& with, const std::string& id);

}  // namespace sagad::sagactl

#include "compensations/barrier/guard.hpp"

#include <stdexcept>
#include <utility>

#include "compensations/barrier/retention.hpp"
#include "compensations/barrier/saga_time.hpp"
#include "compensations/barrier/sql_error.hpp"

namespace sagad::barrier {
namespace {

using state = stored_row::state;

// Texts of the barrier's own answers: all fixed but for what was stored, which is JSON already.
answer refused(const char* detail) {
  return {.status = 410,
          .what = outcome::refused,
          .body = std::string(R"({"type":"urn:sagad:problem:refused","title":"too late","status":410,"detail":")") +
                  detail + R"("})"};
}

answer differs(const stored_row& row, const char* detail) {
  std::string body = R"({"type":"urn:sagad:problem:differs","title":"another request took this step","status":412,)";
  body += R"("detail":")" + std::string(detail) + R"(","stored_generation":)" + std::to_string(row.generation);
  body += R"(,"stored_status":)" + std::to_string(row.status) + R"(,"stored_response":)";
  body += row.body.empty() ? "null" : row.body;
  body += "}";
  return {.status = 412, .what = outcome::differs, .body = std::move(body)};
}

answer stored(const stored_row& row) {
  const outcome what = row.is == state::done       ? outcome::done
                       : row.is == state::rejected ? outcome::rejected
                                                   : outcome::in_progress;
  return {.status = row.status, .what = what, .body = row.body, .accepted = row.is == state::accepted};
}

answer fresh(business_result said) {
  const outcome what = said.what == decision::done       ? outcome::done
                       : said.what == decision::rejected ? outcome::rejected
                                                         : outcome::in_progress;
  return {
      .status = said.status, .what = what, .body = std::move(said.body), .accepted = said.what == decision::accepted};
}

}  // namespace

std::string_view name_of(outcome what) noexcept {
  switch (what) {
    case outcome::done: return "done";
    case outcome::rejected: return "rejected";
    case outcome::in_progress: return "in-progress";
    case outcome::refused: return "refused";
    case outcome::differs: return "differs";
    case outcome::failed: return "failed";
  }
  return "failed";
}

guard::guard(connection& db, limits bounds, clock now_ms)
    : db_(db), rows_(db), bounds_(bounds), now_ms_(std::move(now_ms)) {
  row_store::create(db);
}

answer guard::in_progress() const {
  return {.status = 425,
          .what = outcome::in_progress,
          .body = R"({"type":"urn:sagad:problem:in-progress","title":"the same step is being worked on","status":425,)"
                  R"("detail":"Send the same request again after Retry-After seconds."})",
          .retry_after_seconds = bounds_.retry_after_seconds};
}

answer guard::perform(const call& of, const business& run) {
  if (!db_.begin()) return in_progress();
  try {
    answer said = enter(of, run);
    db_.commit();
    return said;
  } catch (...) {
    db_.rollback();
    throw;
  }
}

answer guard::enter(const call& of, const business& run) {
  if (!db_.in_transaction()) throw std::logic_error("the barrier needs an open transaction");
  savepoint whole(db_);
  try {
    answer said = of.of == operation::action ? act(of, run, whole) : undo(of, run, whole);
    return said;
  } catch (const lock_kept&) {
    // Somebody who takes no turn keeps the row.
    whole.take_back();
    return in_progress();
  } catch (const std::exception& error) {
    if (!db_.in_transaction()) throw transaction_lost(error.what());
    throw;
  }
}

answer guard::act(const call& of, const business& run, savepoint& whole) {
  answer said;
  if (rows_.insert_running(of, now_ms_())) {
    if (may_be_forgotten(of)) {
      whole.take_back();
      return refused("The saga is older than what this participant remembers of the past.");
    }
    said = run_action(of, run);
  } else {
    said = act_again(of, run, rows_.find_to_change(of.saga, of.step).value());
  }
  whole.keep();
  return said;
}

answer guard::act_again(const call& of, const business& run, const stored_row& row) {
  if (row.is == state::undone) return refused("The step was undone; its action will not be run any more.");
  if (of.generation < row.generation) return refused("A later generation of this action has been seen.");
  if (row.is == state::abandoned) return run_action(of, run);
  if (of.generation == row.generation) {
    return of.request_digest == row.request_digest ? stored(row)
                                                   : differs(row, "The same generation came with another request.");
  }
  switch (row.is) {
    case state::accepted: return in_progress();
    case state::done: return differs(row, "An earlier generation of this action took effect.");
    case state::rejected: return run_action(of, run);
    case state::running:
    case state::abandoned:
    case state::undone: break;
  }
  throw std::logic_error("a barrier row in a state that no commit leaves");
}

answer guard::undo(const call& of, const business& run, savepoint& whole) {
  answer said;
  if (rows_.insert_running(of, now_ms_())) {
    if (may_be_forgotten(of)) {
      whole.take_back();
      return refused("The saga is older than what this participant remembers of the past.");
    }
    said = nothing_to_undo(of);
  } else {
    const stored_row row = rows_.find_to_change(of.saga, of.step).value();
    if (row.is == state::done) {
      said = undo_done(of, run);
    } else if (row.is == state::undone) {
      said = {.status = row.undo_status, .what = outcome::done, .body = row.undo_body};
    } else {
      said = nothing_to_undo(of);
    }
  }
  whole.keep();
  return said;
}

answer guard::undo_done(const call& of, const business& run) {
  savepoint work(db_);
  business_result said = run_bounded(run);
  if (said.what == decision::accepted) throw std::logic_error("a compensation cannot be answered later");
  if (said.what == decision::rejected) {
    work.take_back();
    return fresh(std::move(said));
  }
  work.keep();
  rows_.store_undo(of, said.status, said.body, now_ms_());
  return fresh(std::move(said));
}

answer guard::nothing_to_undo(const call& of) {
  answer said{.status = 200, .what = outcome::done, .body = R"({"result":"nothing-to-undo"})"};
  rows_.store_undo(of, said.status, said.body, now_ms_());
  return said;
}

answer guard::run_action(const call& of, const business& run) {
  savepoint work(db_);
  business_result said = run_bounded(run);
  if (said.what == decision::rejected) {
    work.take_back();
  } else {
    work.keep();
  }
  rows_.store_action(of, said, now_ms_());
  return fresh(std::move(said));
}

business_result guard::run_bounded(const business& run) const {
  business_result said = run();
  if (said.body.size() > bounds_.barrier_body_bytes_max) {
    throw std::length_error("the business answered " + std::to_string(said.body.size()) +
                            " bytes; the barrier stores at most " + std::to_string(bounds_.barrier_body_bytes_max));
  }
  return said;
}

bool guard::may_be_forgotten(const call& of) {
  return saga_time_ms(of.saga).value_or(0) < retention(db_).horizon_ms();
}

std::optional<answer> guard::finish(const call& of, const business& run) {
  if (!db_.in_transaction()) throw std::logic_error("the barrier needs an open transaction");
  savepoint whole(db_);
  try {
    const auto row = rows_.find_to_change(of.saga, of.step);
    if (!row || row->is != state::accepted || row->generation != of.generation) return std::nullopt;
    answer said = run_action(of, run);
    whole.keep();
    return said;
  } catch (const std::exception& error) {
    if (!db_.in_transaction()) throw transaction_lost(error.what());
    throw;
  }
}

bool guard::abandon(const call& of) {
  const auto row = rows_.find_to_change(of.saga, of.step);
  if (!row || row->is != state::accepted || row->generation != of.generation) return false;
  rows_.store_abandoned(of, now_ms_());
  return true;
}

std::optional<answer> guard::look(connection& db, std::string_view saga, std::string_view step) {
  const auto row = row_store(db).find(saga, step);
  if (!row || row->is == state::abandoned) return std::nullopt;
  return row->is == state::undone ? refused("The step was undone.") : stored(*row);
}

}  // namespace sagad::barrier

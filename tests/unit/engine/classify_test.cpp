#include <gtest/gtest.h>

#include <ostream>

#include "engine/engine.hpp"

namespace sagad::engine {

void PrintTo(const judged& value, std::ostream* out) {
  *out << "verdict " << int(value.verdict) << " because of " << name(value.why);
}
bool operator==(const judged& left, const judged& right) {
  return left.verdict == right.verdict && left.why == right.why;
}

namespace {

definition::operation plain() {
  return {};
}
definition::operation late(definition::late_answer by) {
  definition::operation operation;
  operation.late = by;
  return operation;
}

exchange answered(int status, outcome said = outcome::absent) {
  exchange seen;
  seen.how = ending::answered;
  seen.status = status;
  seen.outcome = said;
  return seen;
}

exchange ended(ending how, int status = 0) {
  exchange seen;
  seen.how = how;
  seen.status = status;
  return seen;
}

constexpr judged misconfigured{verdict::misconfigured, cause::misconfigured};
constexpr judged bare{verdict::rejected_bare, cause::rejected};

TEST(classify, a_2xx_is_done) {
  for (int status : {200, 201, 203, 204, 206, 299}) {
    EXPECT_EQ(classify(plain(), answered(status)), (judged{verdict::done, cause::none})) << status;
  }
}

TEST(classify, a_202_is_accepted_only_where_a_late_answer_is_declared) {
  EXPECT_EQ(classify(plain(), answered(202)), misconfigured);
  EXPECT_EQ(classify(late(definition::late_answer::callback), answered(202)), (judged{verdict::accepted, cause::none}));
  auto with_a_place = answered(202);
  with_a_place.location = "/jobs/7";
  EXPECT_EQ(classify(late(definition::late_answer::poll), with_a_place), (judged{verdict::accepted, cause::none}));
}

TEST(classify, an_answer_to_be_polled_that_says_not_where_is_not_waited_for) {
  const auto polled = late(definition::late_answer::poll);
  EXPECT_EQ(classify(polled, answered(202)), misconfigured);
  EXPECT_EQ(classify(polled, answered(202, outcome::in_progress)), (judged{verdict::busy, cause::in_progress}));
}

TEST(classify, conflict_and_unprocessable_reject_barely) {
  EXPECT_EQ(classify(plain(), answered(409)), bare);
  EXPECT_EQ(classify(plain(), answered(422)), bare);
}

TEST(classify, a_status_that_the_step_adds_rejects_barely) {
  auto operation = plain();
  operation.rejects = {402, 404};
  EXPECT_EQ(classify(operation, answered(404)), bare);
  EXPECT_EQ(classify(operation, answered(402)), bare);
  EXPECT_EQ(classify(operation, answered(403)), misconfigured);
  EXPECT_EQ(classify(plain(), answered(404)), misconfigured);
}

TEST(classify, what_was_not_sent_had_no_effect) {
  EXPECT_EQ(classify(plain(), ended(ending::not_sent)), (judged{verdict::not_sent, cause::not_sent}));
}

TEST(classify, a_503_is_busy_only_when_it_says_when_to_come_again) {
  auto seen = answered(503);
  EXPECT_EQ(classify(plain(), seen), (judged{verdict::unknown, cause::server_error}));
  seen.retry_after_ms = 0;
  EXPECT_EQ(classify(plain(), seen), (judged{verdict::busy, cause::busy}));
}

TEST(classify, too_early_and_too_many_requests_are_busy_without_saying_when) {
  EXPECT_EQ(classify(plain(), answered(425)), (judged{verdict::busy, cause::busy}));
  EXPECT_EQ(classify(plain(), answered(429)), (judged{verdict::busy, cause::busy}));
}

TEST(classify, only_of_a_503_does_retry_after_make_a_server_error_busy) {
  auto seen = answered(500);
  seen.retry_after_ms = 1000;
  EXPECT_EQ(classify(plain(), seen), (judged{verdict::unknown, cause::server_error}));
}

TEST(classify, other_server_errors_are_unknown) {
  for (int status : {500, 501, 502, 504, 507, 599}) {
    EXPECT_EQ(classify(plain(), answered(status)), (judged{verdict::unknown, cause::server_error})) << status;
  }
}

TEST(classify, a_request_timeout_is_unknown) {
  EXPECT_EQ(classify(plain(), answered(408)), (judged{verdict::unknown, cause::timed_out}));
}

TEST(classify, an_exchange_that_does_not_end_well_is_unknown) {
  EXPECT_EQ(classify(plain(), ended(ending::cut)), (judged{verdict::unknown, cause::cut}));
  EXPECT_EQ(classify(plain(), ended(ending::timed_out)), (judged{verdict::unknown, cause::timed_out}));
  EXPECT_EQ(classify(plain(), ended(ending::unreadable, 200)), (judged{verdict::unknown, cause::unreadable}));
  EXPECT_EQ(classify(plain(), ended(ending::too_large)), (judged{verdict::unknown, cause::too_large}));
}

TEST(classify, an_exchange_that_did_not_end_well_has_no_outcome_to_believe) {
  auto seen = ended(ending::unreadable, 200);
  seen.outcome = outcome::done;
  EXPECT_EQ(classify(plain(), seen), (judged{verdict::unknown, cause::unreadable}));
  seen.how = ending::too_large;
  seen.outcome = outcome::rejected;
  EXPECT_EQ(classify(plain(), seen), (judged{verdict::unknown, cause::too_large}));
}

TEST(classify, redirects_and_other_client_errors_are_misconfigured) {
  for (int status : {100, 301, 302, 307, 400, 401, 403, 404, 405, 410, 412, 413, 451}) {
    EXPECT_EQ(classify(plain(), answered(status)), misconfigured) << status;
  }
}

TEST(classify, what_the_participant_says_decides_whatever_the_status) {
  EXPECT_EQ(classify(plain(), answered(409, outcome::rejected)), (judged{verdict::rejected, cause::rejected}));
  EXPECT_EQ(classify(plain(), answered(500, outcome::rejected)), (judged{verdict::rejected, cause::rejected}));
  EXPECT_EQ(classify(plain(), answered(410, outcome::refused)), (judged{verdict::refused, cause::refused}));
  EXPECT_EQ(classify(plain(), answered(412, outcome::differs)), (judged{verdict::differs, cause::differs}));
  EXPECT_EQ(classify(plain(), answered(412, outcome::stale)), (judged{verdict::stale, cause::stale}));
  EXPECT_EQ(classify(plain(), answered(200, outcome::done)), (judged{verdict::done, cause::none}));
  EXPECT_EQ(classify(plain(), answered(202, outcome::done)), (judged{verdict::done, cause::none}));
}

TEST(classify, a_status_alone_never_says_refused_differs_or_stale) {
  EXPECT_EQ(classify(plain(), answered(410)), misconfigured);
  EXPECT_EQ(classify(plain(), answered(412)), misconfigured);
}

TEST(classify, in_progress_is_accepted_where_a_late_answer_is_declared_and_else_busy) {
  EXPECT_EQ(classify(plain(), answered(425, outcome::in_progress)), (judged{verdict::busy, cause::in_progress}));
  EXPECT_EQ(classify(late(definition::late_answer::callback), answered(202, outcome::in_progress)),
            (judged{verdict::accepted, cause::in_progress}));
}

TEST(classify, done_with_a_status_that_says_otherwise_is_not_believed) {
  for (int status : {302, 409, 500, 503}) {
    EXPECT_EQ(classify(plain(), answered(status, outcome::done)), misconfigured) << status;
  }
}

TEST(classify, failed_is_unknown_and_another_word_is_misconfigured) {
  EXPECT_EQ(classify(plain(), answered(500, outcome::failed)), (judged{verdict::unknown, cause::said_failed}));
  EXPECT_EQ(classify(plain(), answered(200, outcome::unrecognized)), misconfigured);
}

TEST(classify_poll, goes_on_while_nothing_is_known) {
  const auto operation = late(definition::late_answer::poll);
  EXPECT_FALSE(classify_poll(operation, answered(202)));
  EXPECT_FALSE(classify_poll(operation, answered(200, outcome::in_progress)));
  for (int status : {301, 400, 401, 408, 425, 429, 500, 503}) {
    EXPECT_FALSE(classify_poll(operation, answered(status))) << status;
  }
  for (auto how : {ending::not_sent, ending::cut, ending::timed_out, ending::unreadable, ending::too_large}) {
    EXPECT_FALSE(classify_poll(operation, ended(how, 200))) << int(how);
  }
  for (auto said : {outcome::refused, outcome::differs, outcome::stale, outcome::unrecognized}) {
    EXPECT_FALSE(classify_poll(operation, answered(200, said))) << int(said);
  }
  EXPECT_FALSE(classify_poll(operation, answered(500, outcome::done))) << "it contradicts itself";
}

TEST(classify_poll, takes_an_outcome) {
  const auto operation = late(definition::late_answer::poll);
  EXPECT_EQ(classify_poll(operation, answered(200)), (judged{verdict::done, cause::none}));
  EXPECT_EQ(classify_poll(operation, answered(200, outcome::done)), (judged{verdict::done, cause::none}));
  EXPECT_EQ(classify_poll(operation, answered(409)), bare);
  EXPECT_EQ(classify_poll(operation, answered(422)), bare);
  EXPECT_EQ(classify_poll(operation, answered(200, outcome::rejected)), (judged{verdict::rejected, cause::rejected}));
  EXPECT_EQ(classify_poll(operation, answered(200, outcome::failed)), (judged{verdict::unknown, cause::said_failed}));
}

TEST(classify_poll, a_job_that_is_not_there_ended_unknown_whatever_rejects_the_step) {
  auto operation = late(definition::late_answer::poll);
  operation.rejects = {404, 410};
  EXPECT_EQ(classify_poll(operation, answered(404)), (judged{verdict::unknown, cause::no_late_answer}));
  EXPECT_EQ(classify_poll(operation, answered(410)), (judged{verdict::unknown, cause::no_late_answer}));
}

}  // namespace
}  // namespace sagad::engine

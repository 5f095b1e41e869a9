#include "tests/support/sample_records.hpp"

#include "records/codec.hpp"
#include "tests/support/definitions.hpp"

namespace sagad::tests {
namespace {

using engine::cause;
using engine::event;
using engine::fact;
using engine::input_kind;
using engine::operation_id;
using engine::side;
using lifecycle::phase;

constexpr millis noon = 1'777'889'230'123;  // 2026-05-04T10:07:10.123Z

class record_maker {
 public:
  record_maker(std::string name, input_kind cause, phase after, std::uint32_t seq) {
    made_.name = std::move(name);
    made_.record.cause = cause;
    made_.record.phase_after = after;
    made_.record.seq = seq;
    made_.record.at = noon;
  }

  event& note(fact what, operation_id operation = {}) {
    auto& event = made_.record.events.emplace_back();
    event.what = what;
    event.operation = operation;
    return event;
  }
  event& attempt(fact what, operation_id operation, std::uint32_t generation, std::uint32_t number) {
    auto& event = note(what, operation);
    event.generation = generation;
    event.attempt = number;
    return event;
  }
  void release(operation_id operation, std::uint32_t generation = 1) {
    made_.record.released.push_back({operation, generation, digest_of("request")});
  }
  void forced() { made_.record.forced_after = true; }
  sample_record take() { return std::move(made_); }

 private:
  sample_record made_;
};

constexpr operation_id hold{0, side::action};
constexpr operation_id release_hold{0, side::compensation};
constexpr operation_id settle{2, side::action};
constexpr operation_id deliver{3, side::action};

sample_record started() {
  record_maker made("started", input_kind::start, phase::forward, 1);
  auto& event = made.note(fact::started);
  event.content = digest_of("by-hand");
  event.body = R"({"buyer":"ann","price":21})";
  event.text = "order-42";
  event.more = R"({"region":"eu"})";
  event.at = noon + 30'000;
  made.release(hold);
  return made.take();
}

// As it is written where clients are told apart and the definition has a version.
sample_record started_by() {
  record_maker made("started-by", input_kind::start, phase::forward, 1);
  auto& event = made.note(fact::started);
  event.content = digest_of("by-hand");
  event.attempt = 3;
  event.body = R"({"buyer":"ann","price":21})";
  event.text = "order-43";
  event.actor = "shop";
  made.release(hold);
  return made.take();
}

sample_record done() {
  record_maker made("done", input_kind::reply, phase::forward, 2);
  auto& event = made.attempt(fact::done, hold, 1, 1);
  event.status = 201;
  event.body = R"({"hold":"h1"})";
  made.release({1, side::action});
  return made.take();
}

sample_record rejected_and_turned_back() {
  record_maker made("rejected-and-turned-back", input_kind::reply, phase::backward, 3);
  auto& event = made.attempt(fact::rejected, {1, side::action}, 1, 2);
  event.status = 409;
  event.why = cause::rejected;
  event.text = "sold out";
  auto& turned = made.note(fact::turned_back, {1, side::action});
  turned.why = cause::rejected;
  turned.text = "sold out";
  made.release(release_hold);
  return made.take();
}

sample_record accepted() {
  record_maker made("accepted", input_kind::reply, phase::forward, 2);
  auto& event = made.attempt(fact::accepted, hold, 1, 1);
  event.status = 202;
  event.at = noon + 86'400'000;
  event.text = "/v1/jobs/7?full=1";
  return made.take();
}

sample_record failed() {
  record_maker made("failed", input_kind::reply, phase::forward, 2);
  auto& event = made.attempt(fact::failed, hold, 1, 1);
  event.status = 500;
  event.why = cause::server_error;
  event.at = noon + 37;
  event.text = "out of \"memory\"\n";
  event.flag = true;
  return made.take();
}

sample_record undone_and_finished() {
  record_maker made("undone-and-finished", input_kind::reply, phase::compensated, 9);
  auto& event = made.attempt(fact::undone, release_hold, 1, 3);
  event.status = 200;
  event.body = "null";
  made.note(fact::finished);
  return made.take();
}

sample_record blocked() {
  record_maker made("blocked", input_kind::reply, phase::forward, 7);
  auto& tried = made.attempt(fact::failed, settle, 1, 4);
  tried.why = cause::timed_out;
  tried.at = noon + 60'000;
  auto& event = made.attempt(fact::blocked, settle, 1, 4);
  event.why = cause::budget_spent;
  event.at = noon + 60'000;
  return made.take();
}

sample_record blocked_for_good() {
  record_maker made("blocked-for-good", input_kind::mismatch, phase::forward, 7);
  auto& event = made.note(fact::blocked, deliver);
  event.why = cause::rendering;
  event.at = never;
  return made.take();
}

sample_record freed() {
  record_maker made("freed", input_kind::command, phase::forward, 8);
  auto& command = made.note(fact::commanded);
  command.command = engine::command_name::retry;
  command.text = "c-1";
  command.actor = "ann";
  command.body = "the bank is back";
  auto& event = made.attempt(fact::freed, settle, 1, 5);
  event.at = noon;
  return made.take();
}

sample_record skipped() {
  record_maker made("skipped", input_kind::command, phase::completed, 12);
  auto& command = made.note(fact::commanded);
  command.command = engine::command_name::skip;
  command.text = "c-2";
  command.actor = "ann";
  auto& event = made.attempt(fact::skipped, deliver, 2, 9);
  event.flag = true;
  event.body = R"({"by":"hand"})";
  auto& finished = made.note(fact::finished);
  finished.body = R"({"rate":5})";
  return made.take();
}

sample_record edited() {
  record_maker made("edited", input_kind::command, phase::forward, 8);
  auto& command = made.note(fact::commanded);
  command.command = engine::command_name::edit;
  command.text = "c-3";
  command.actor = "ann";
  command.body = "a wrong address";
  auto& event = made.note(fact::edited, deliver);
  event.generation = 2;
  event.at = noon;
  event.body = R"({"to":"Vienna"})";
  made.release(deliver, 2);
  return made.take();
}

sample_record commanded() {
  record_maker made("commanded-and-forced", input_kind::command, phase::backward, 8);
  auto& command = made.note(fact::commanded);
  command.command = engine::command_name::compensate;
  command.flag = true;
  command.text = "c-4";
  command.actor = "ann";
  command.body = "fraud";
  auto& turned = made.note(fact::turned_back);
  turned.why = cause::compensate_command;
  turned.text = "fraud";
  made.forced();
  return made.take();
}

sample_record enlisted() {
  record_maker made("enlisted", input_kind::reply, phase::forward, 2);
  made.note(fact::enlisted, {5, side::action});
  return made.take();
}

sample_record recovered_and_lost() {
  record_maker made("recovered-and-lost", input_kind::recovery, phase::forward, 5);
  made.note(fact::recovered).at = 4'294'967'297;
  made.attempt(fact::lost, settle, 1, 2);
  return made.take();
}

sample_record finished_without_output() {
  record_maker made("finished-without-output", input_kind::reply, phase::completed, 12);
  auto& event = made.attempt(fact::done, deliver, 1, 1);
  event.status = 200;
  event.body = "{}";
  auto& finished = made.note(fact::finished);
  finished.text = "`steps.rate.response.rate` is absent";
  return made.take();
}

sample_record withheld() {
  record_maker made("withheld", input_kind::reply, phase::forward, 2);
  auto& busy = made.attempt(fact::withheld, hold, 1, 1);
  busy.status = 429;
  busy.why = cause::busy;
  busy.flag = true;
  busy.at = noon + 2'000;
  auto& not_sent = made.attempt(fact::withheld, {1, side::action}, 1, 1);
  not_sent.why = cause::not_sent;
  not_sent.at = noon + 12;
  not_sent.text = "connection refused by 127.0.0.1:8101";
  return made.take();
}

sample_record given_up() {
  record_maker made("given-up", input_kind::reply, phase::compensated, 2);
  auto& event = made.attempt(fact::given_up, hold, 1, 0);
  event.why = cause::not_sent;
  event.text = "connection refused";
  auto& turned = made.note(fact::turned_back, hold);
  turned.why = cause::budget_spent;
  made.note(fact::finished);
  return made.take();
}

sample_record contradicted() {
  record_maker made("contradicted", input_kind::reply, phase::forward, 6);
  auto& event = made.attempt(fact::contradicted, hold, 1, 1);
  event.status = 409;
  event.text = "no such account";
  return made.take();
}

sample_record renewed() {
  record_maker made("renewed", input_kind::reply, phase::forward, 10);
  auto& event = made.attempt(fact::renewed, deliver, 1, 1);
  event.status = 422;
  event.why = cause::rejected;
  event.flag = true;
  event.at = noon + 20;
  event.text = "unknown item";
  made.release(deliver, 2);
  return made.take();
}

sample_record deadline() {
  record_maker made("deadline", input_kind::tick, phase::backward, 4);
  auto& turned = made.note(fact::turned_back);
  turned.why = cause::deadline;
  turned.text = "the saga's deadline has passed";
  made.release({1, side::compensation});
  return made.take();
}

sample_record passed_over() {
  record_maker made("passed-over", input_kind::reply, phase::completed, 8);
  auto& event = made.attempt(fact::done, settle, 1, 1);
  event.status = 200;
  event.body = "{}";
  made.note(fact::passed_over, deliver);
  made.note(fact::passed_over, {4, side::action});
  made.note(fact::finished);
  return made.take();
}

}  // namespace

definition::definition_ptr sample_definition() {
  return sale().build();
}

saga_id sample_saga() {
  return saga_id::make(noon - 5'000, 7, 0x0123456789ABCDEF);
}

std::vector<sample_record> sample_records() {
  return {started(),
          started_by(),
          done(),
          rejected_and_turned_back(),
          accepted(),
          failed(),
          undone_and_finished(),
          blocked(),
          blocked_for_good(),
          freed(),
          skipped(),
          edited(),
          commanded(),
          enlisted(),
          recovered_and_lost(),
          finished_without_output(),
          withheld(),
          given_up(),
          contradicted(),
          renewed(),
          deadline(),
          passed_over()};
}

std::string bytes_of(const engine::record& record, std::uint8_t format) {
  std::string bytes;
  records::encode(record, bytes, format);
  return bytes;
}

}  // namespace sagad::tests

#include "tests/support/core_bench.hpp"

#include <utility>

#include "records/codec.hpp"
#include "tests/support/load_definition.hpp"

namespace sagad::tests {

core_bench::core_bench(std::string_view definition_text)
    : signer_({std::string(32, 'k')}), definition_(load_definition(definition_text)) {
  options.partitions = {3, 7};
  options.public_url = "http://sagad.example";
  options.moment_ms = 0;
  open(std::make_unique<journal::memory::store>());
  catalog_->put(definition_, false);
}

core_bench::~core_bench() = default;

void core_bench::open(std::unique_ptr<journal::memory::store> store) {
  core_.reset();
  appender_.reset();
  if (store_ != nullptr) dead_.push_back(std::move(store_));
  store_ = std::move(store);
  woken_ = false;
  catalog_ = std::make_unique<runtime::catalog>(*store_);
  caller_ = std::make_unique<fake_caller>();
  remake();
}

void core_bench::remake() {
  core_.reset();
  appender_ = store_->make_appender([this] { woken_ = true; });
  auto given = options;
  given.epoch = store_->opened().epoch;
  core_ = std::make_unique<runtime::core>(
      std::move(given), runtime::surroundings{*store_, *appender_, *caller_, *catalog_, clock, signer_,
                                              [this] { return ++randoms_ * 0x9E3779B97F4A7C15U; }, guard});
}

void core_bench::turn() {
  core_->end_turn(true);
  while (std::exchange(woken_, false)) {
    core_->settle();
    core_->end_turn(true);
  }
}

void core_bench::advance(millis by) {
  const auto end = clock.at + by;
  for (;;) {
    turn();
    const auto next = core_->next_wake();
    if (next > end) break;
    clock.at = std::max(clock.at, next);
    core_->on_time();
  }
  clock.at = end;
}

void core_bench::crash(std::size_t unsettled) {
  open(store_->crash(unsettled));
}

void core_bench::recover() {
  core_->begin_recovery(store_->live());
  while (core_->recover_some(2)) turn();
  turn();
}

void core_bench::crash_and_recover(std::size_t unsettled) {
  crash(unsettled);
  recover();
}

core_bench::told_start& core_bench::start(const std::string& key, millis wait_ms, const std::string& input) {
  auto& told = starts_.emplace_back();
  runtime::start_request request;
  request.definition = definition_;
  request.input = input;
  request.key = key;
  request.request_bytes = digest_of(input);
  request.request_canonical = digest_of(input);
  request.wait_ms = wait_ms;
  core_->start(std::move(request), [&told](runtime::start_result result) { told.all.push_back(std::move(result)); });
  return told;
}

saga_id core_bench::started(const std::string& key) {
  auto& told = start(key);
  turn();
  return told.answer().id;
}

core_bench::told_answer& core_bench::get(const saga_id& id, millis wait_until) {
  auto& told = answers_.emplace_back();
  core_->get(id, {wait_until == 0 ? 0 : wait_until - clock.at, std::nullopt, nullptr},
             [&told](runtime::answer_result result) { told.all.push_back(std::move(result)); });
  return told;
}

core_bench::told_answer& core_bench::command(const saga_id& id, runtime::command_request request) {
  auto& told = answers_.emplace_back();
  core_->command(id, std::move(request),
                 [&told](runtime::answer_result result) { told.all.push_back(std::move(result)); });
  return told;
}

runtime::command_request core_bench::order(engine::command_name name, const std::string& id, const std::string& step) {
  runtime::command_request request;
  request.name = name;
  request.id = id;
  request.actor = "ann";
  request.reason = "because";
  request.step = step;
  return request;
}

core_bench::told_late& core_bench::call_back(const runtime::callback_target& target, engine::outcome outcome,
                                             const std::string& body) {
  auto& told = lates_.emplace_back();
  core_->late_answer(target, {outcome, body},
                     [&told](runtime::late_result result) { told.all.push_back(std::move(result)); });
  return told;
}

void core_bench::deliver(dispatch::answer answer) {
  core_->answered(std::move(answer));
  turn();
}

void core_bench::answer(std::string_view name, int status, std::string_view body, engine::outcome outcome) {
  dispatch::answer answer;
  answer.tag = caller_->take(name).tag;
  answer.how = engine::ending::answered;
  answer.status = status;
  answer.outcome = outcome;
  answer.body = body;
  deliver(std::move(answer));
}

void core_bench::fail(std::string_view name, engine::ending how) {
  dispatch::answer answer;
  answer.tag = caller_->take(name).tag;
  answer.how = how;
  answer.detail = "it failed";
  deliver(std::move(answer));
}

void core_bench::accept(std::string_view name, std::string location) {
  dispatch::answer answer;
  answer.tag = caller_->take(name).tag;
  answer.how = engine::ending::answered;
  answer.status = 202;
  answer.location = std::move(location);
  answer.body = "null";
  deliver(std::move(answer));
}

std::string core_bench::state(const saga_id& id) {
  const auto& told = get(id);
  turn();
  return told.failed() ? "problem " + std::string(name(told.problem().code)) : told.answer().state;
}

std::string facts_of(journal::store& store, const saga_id& id) {
  std::string text;
  for (const auto& stored : store.read(id)) {
    const auto decoded = records::decode(stored.bytes);
    for (const auto& event : std::get<engine::record>(decoded).events) {
      if (!text.empty()) text += '|';
      text += engine::name(event.what);
    }
  }
  return text;
}

std::string core_bench::facts(const saga_id& id) {
  return facts_of(*store_, id);
}

}  // namespace sagad::tests

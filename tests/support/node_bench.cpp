#include "tests/support/node_bench.hpp"

#include <utility>

namespace sagad::tests {

node_bench::node_bench(journal::memory::cluster& all, const std::string& name, const manual_clock& clock,
                       const definition::definition_ptr& definition, loads how)
    : clock_(clock),
      definition_(definition),
      store_(all.open(name)),
      signer_({std::string(32, 'k')}),
      catalog_(std::make_unique<runtime::catalog>(*store_)),
      caller_(std::make_unique<fake_caller>()),
      appender_(store_->make_appender([this] { woken_ = true; })),
      randoms_(digest_of(name).bytes[0]) {
  catalog_->put(definition, false);
  runtime::core_options options;
  options.moment_ms = 0;
  options.public_url = "http://sagad.example";
  runtime::surroundings around{
      *store_, *appender_, *caller_, *catalog_, clock_, signer_, [this] { return ++randoms_ * 0x9E3779B97F4A7C15U; }};
  around.shared = store_.get();
  around.given_back = [this](partition_no partition, std::uint64_t epoch) {
    given_back.push_back(partition);
    store_->give_back(partition, epoch);
  };
  around.look_on = [this](runtime::moved_waiter& who) {
    if (moved.size() >= moved_max) return false;
    moved.push_back(std::move(who));
    return true;
  };
  if (how == loads::beside) {
    around.load_beside = [this](const auto& ids, auto tell) {
      loadings.push_back({ids, runtime::load_some(*store_, *catalog_, ids), std::move(tell)});
    };
  }
  core_ = std::make_unique<runtime::core>(std::move(options), std::move(around));
  store_->join(*this, "http://" + name);
}

node_bench::~node_bench() = default;

void node_bench::taken(journal::taken_partition partition) {
  taken_ones.push_back(partition.partition);
  if (!keeps_to_itself) core_->take(std::move(partition));
}

void node_bench::wanted_back(partition_no partition) {
  core_->hand_over(partition, clock_.now() + hand_over_ms);
}

void node_bench::lost(partition_no partition) {
  if (!keeps_to_itself) core_->lose(partition);
}

void node_bench::work() {
  store_->work();
  while (core_->recover_some(2)) turn();
  turn();
}

void node_bench::finish_loading() {
  auto first = std::move(loadings.front());
  loadings.pop_front();
  first.tell(std::move(first.found));
  while (core_->recover_some(2)) turn();
  turn();
}

void node_bench::turn() {
  core_->end_turn(true);
  while (std::exchange(woken_, false)) {
    core_->settle();
    core_->end_turn(true);
  }
}

void node_bench::on_time() {
  core_->on_time();
  turn();
}

void node_bench::die() {
  core_.reset();
  appender_.reset();
  store_->die(0, 0);
}

node_bench::told_start& node_bench::start(const std::string& key, millis wait_ms) {
  auto& told = starts_.emplace_back();
  runtime::start_request request;
  request.definition = definition_;
  request.input = "{}";
  request.key = key;
  request.wait_ms = wait_ms;
  core_->start(std::move(request), [&told](runtime::start_result result) { told.all.push_back(std::move(result)); });
  return told;
}

saga_id node_bench::started() {
  auto& told = start();
  turn();
  return std::get<runtime::saga_answer>(told.all.at(0)).id;
}

std::string node_bench::told_answer::text() const {
  if (all.empty()) return {};
  if (const auto* answer = std::get_if<runtime::saga_answer>(&all.at(0))) return answer->state;
  return "problem " + std::string(name(std::get<problem>(all.at(0)).code));
}

node_bench::told_answer& node_bench::get(const saga_id& id, millis wait_ms, runtime::gone_flag client_gone) {
  auto& told = told_.emplace_back();
  core_->get(id, {wait_ms, std::nullopt, std::move(client_gone)},
             [&told](runtime::answer_result result) { told.all.push_back(std::move(result)); });
  turn();
  return told;
}

node_bench::told_answer& node_bench::command(const saga_id& id, runtime::command_request request) {
  auto& told = told_.emplace_back();
  core_->command(id, std::move(request),
                 [&told](runtime::answer_result result) { told.all.push_back(std::move(result)); });
  turn();
  return told;
}

void node_bench::deliver(dispatch::answer answer) {
  core_->answered(std::move(answer));
  turn();
}

void node_bench::answer(std::string_view call, int status, engine::outcome outcome) {
  dispatch::answer answer;
  answer.tag = caller_->take(call).tag;
  answer.how = engine::ending::answered;
  answer.status = status;
  answer.outcome = outcome;
  answer.body = "{}";
  deliver(std::move(answer));
}

void node_bench::fail(std::string_view call) {
  dispatch::answer answer;
  answer.tag = caller_->take(call).tag;
  answer.how = engine::ending::timed_out;
  deliver(std::move(answer));
}

void node_bench::withhold(std::string_view call) {
  dispatch::answer answer;
  answer.tag = caller_->take(call).tag;
  answer.withheld = true;
  deliver(std::move(answer));
}

std::string node_bench::facts(const saga_id& id) {
  return facts_of(*store_, id);
}

}  // namespace sagad::tests

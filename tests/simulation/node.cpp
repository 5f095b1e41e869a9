#include "tests/simulation/node.hpp"

#include "definition/load.hpp"
#include "tests/simulation/defective_journal.hpp"

namespace sagad::simulation {
namespace {

constexpr std::size_t audited_at_once = 1000;

definition::definition_ptr must_load(std::string_view text) {
  definition::surroundings around;
  around.participants_known = false;
  auto loaded = definition::load(text, around);
  if (auto* compiled = std::get_if<definition::definition_ptr>(&loaded)) return std::move(*compiled);
  const auto& mistakes = std::get<std::vector<definition::mistake>>(loaded);
  throw violation("a definition that was drawn does not load: " + mistakes.front().text + "\n" + std::string(text));
}

}  // namespace

node::node(world& in, network& net, inspector& eyes, defect wrong)
    : world_(in),
      network_(net),
      inspector_(eyes),
      defect_(wrong),
      signer_({std::string(32, 's')}),
      store_(std::make_unique<journal::memory::store>()) {}

node::~node() = default;

void node::define(std::string_view text) {
  runtime::catalog(*store_).put(must_load(text), false);
}

definition::definition_ptr node::definition(const std::string& name) const {
  return std::get<runtime::catalogued>(catalog_->find(name)).definition;
}

std::optional<journal::memory::verdict> node::fate_of(const journal::entry& entry) {
  using journal::result;
  const auto& weather = world_.weather;
  if (world_.chance(weather.lost)) {
    world_.say("partition " + std::to_string(entry.saga.partition()) + " is lost");
    any_lost_ = true;
    inspector_.freeze(entry.saga.partition(), true);
    return journal::memory::verdict{result::not_owner};
  }
  if (world_.chance(weather.append_unknown)) {
    const bool written = world_.chance(500);
    if (written) written_unknown_.insert(entry.saga);
    frozen_[entry.saga.partition()] = entry.position;
    inspector_.freeze(entry.saga.partition(), true);
    return journal::memory::verdict{result::unknown, written};
  }
  if (const auto frozen = frozen_.find(entry.saga.partition());
      frozen != frozen_.end() && frozen->second == entry.position) {
    frozen_.erase(frozen);
    inspector_.freeze(entry.saga.partition(), false);
  }
  // What is written already is not refused when it is sent again.
  const bool may_be_full = entry.seq == 1 && !written_unknown_.contains(entry.saga);
  if (may_be_full && world_.chance(weather.start_full)) return journal::memory::verdict{result::full};
  return std::nullopt;
}

void node::boot() {
  ++lives_;
  world_.say("life " + std::to_string(lives_) + " begins");
  store_->hold();
  store_->choose([this](const journal::entry& entry) { return fate_of(entry); });
  woken_ = commit_planned_ = draining_ = any_lost_ = false;
  wake_planned_ = never;
  catalog_ = std::make_unique<runtime::catalog>(*store_);
  tamper();
  line_ = network_.make_line([this](dispatch::answer answer) { core_->answered(std::move(answer)); });
  appender_ = store_->make_appender([this] { woken_ = true; });
  if (has(defect_, defect::acts_before_durable)) {
    appender_ = std::make_unique<eager_appender>(std::move(appender_), [this] { woken_ = true; });
  }
  runtime::core_options options;
  const auto partitions = 1 + world_.random.below(4);
  for (std::size_t number = 0; number < 8; ++number) options.partitions.push_back(static_cast<partition_no>(number));
  if (lives_ == 1) options.partitions.resize(partitions);
  options.epoch = store_->opened().epoch;
  options.public_url = "http://sagad";
  options.poll_min_ms = 50;
  options.poll_max_ms = 2000;
  core_ = std::make_unique<runtime::core>(std::move(options),
                                          runtime::surroundings{*store_, *appender_, *line_, *catalog_, world_, signer_,
                                                                [this] { return world_.random.next(); }});
  core_->begin_recovery(store_->live());
  recover();
}

// Definitions whose order is the wrong way round; nothing without that defect.
void node::tamper() {
  if (!has(defect_, defect::undoes_in_forward_order)) return;
  for (const auto& one : catalog_->all()) {
    for (auto& step : const_cast<definition::definition&>(*one.definition).steps) step.descendants = step.ancestors;
  }
}

void node::recover() {
  if (!core_->recovering()) return;
  core_->recover_some(1 + world_.random.below(3));
  world_.after(world_.random.between(0, 2), [this, life = lives_] {
    if (up() && life == lives_) recover();
  });
}

void node::crash() {
  if (!up()) return;
  const auto held = store_->held();
  const auto kept = world_.chance(300) ? held : world_.random.below(held + 1);
  world_.say("crash, " + std::to_string(kept) + " of " + std::to_string(held) + " unsettled records are kept");
  core_.reset();
  appender_.reset();
  line_.reset();
  auto reopened = store_->crash(kept);
  if (has(defect_, defect::loses_settled_records)) reopened = without_last_record(*reopened);
  dead_.push_back(std::move(store_));
  store_ = std::move(reopened);
  frozen_.clear();
  inspector_.thaw_all();
  std::uint64_t records = 0;
  store_->scan({}, seen_.at, [&records](const journal::stored_record&) { ++records; });
  if (records < seen_.at) throw violation("I4: a crash takes along what was durable");
  take_settled();
}

void node::drain() {
  world_.say("drain");
  draining_ = true;
  core_->drain();
}

void node::take_settled() {
  for (;;) {
    const auto next = store_->scan(seen_, 100, [this](const journal::stored_record& one) { inspector_.take(one); });
    if (next == seen_) return;
    seen_ = next;
  }
}

void node::end_turn() {
  core_->end_turn(true);
  if (store_->held() != 0) plan_commit();
}

void node::plan_commit() {
  if (commit_planned_) return;
  commit_planned_ = true;
  world_.after(world_.random.between(0, world_.weather.commit_ms_max), [this, life = lives_] {
    if (up() && life == lives_) commit();
  });
}

void node::commit() {
  commit_planned_ = false;
  store_->release(world_.chance(500) ? store_->held() : 1 + world_.random.below(store_->held()));
  take_settled();
  // Durable, and nobody has acted on it yet.
  if (world_.random.below(100'000) < world_.weather.crash / 10) return crash();
  if (store_->held() != 0) plan_commit();
}

void node::plan_wake() {
  const auto next = core_->next_wake();
  if (next == never || next >= wake_planned_) return;
  wake_planned_ = next;
  world_.after(std::max<millis>(0, next - world_.now()), [this, next, life = lives_] {
    if (life == lives_ && wake_planned_ == next) wake_planned_ = never;
  });
}

void node::after_event() {
  if (!up()) return;
  if (world_.random.below(1'000'000) < world_.weather.crash) return crash();
  if (!draining_ && world_.random.below(1'000'000) < world_.weather.drain) drain();
  while (std::exchange(woken_, false)) core_->settle();
  if (core_->next_wake() <= world_.now()) core_->on_time();
  // Now and then more inputs come before the journal gets what was appended.
  if (!world_.chance(200)) {
    end_turn();
    while (std::exchange(woken_, false)) core_->settle();
  } else {
    world_.after(0, [] {});
  }
  inspector_.compare(*core_);
  if (world_.chance(100)) core_->audit(audited_at_once);
  const auto counted = core_->counted();
  if (counted.audit_violations != 0) throw violation("I6: a saga has no wake-up");
  if (counted.quarantined != 0) throw violation("a saga's own invariant broke: it is quarantined");
  plan_wake();
  if (draining_ && world_.weather.drain != 0 && core_->quiet()) crash();  // nothing is open, all is durable
}

void node::late_answer(const late_said& what, unique_function<void(int)> tell) {
  if (!up()) return tell(503);
  const auto target = signer_.verify(what.token);
  if (!target) throw violation("a callback token that was made here is refused");
  core_->late_answer(*target, {what.outcome, what.body}, [tell = std::move(tell)](runtime::late_result result) mutable {
    if (const auto* problem = std::get_if<sagad::problem>(&result)) return tell(http_status(problem->code));
    tell(204);
  });
}

}  // namespace sagad::simulation

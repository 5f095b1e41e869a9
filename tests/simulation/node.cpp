#include "tests/simulation/node.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/probe.hpp"
#include "runtime/forwarded.hpp"
#include "tests/simulation/log_storage.hpp"
#include "tests/simulation/memory_storage.hpp"
#include "tests/simulation/shared_storage.hpp"
#include "tests/support/core_probe.hpp"

namespace sagad::simulation {
namespace {

constexpr std::size_t audited_at_once = 1000;

}  // namespace

node::node(world& in, network& net, inspector& eyes, const run_options& options, commons* shared, unsigned number)
    : world_(in),
      machine_{number},
      commons_(shared),
      time_(in),
      network_(net),
      inspector_(eyes),
      defect_(options.wrong),
      signer_({std::string(32, 's')}) {
  if (commons_ != nullptr) {
    constexpr millis minutes = 600'000;
    constexpr millis told_late = 800;  // half of the longest that a node waits for what a database tells
    const auto known_off = in.random.between(-told_late, told_late);
    time_.follow_the_journal(known_off, in.random.between(-minutes, minutes));
    eyes.takes_for_the_time(number, known_off);
    storage_ = std::make_unique<shared_storage>(in, eyes, *commons_, number);
  } else if (options.over == journal_kind::log) {
    storage_ = std::make_unique<log_storage>(in, eyes);
  } else {
    storage_ = std::make_unique<memory_storage>(in, eyes, options.wrong, [this] { any_lost_ = true; });
  }
  storage_->open();
  if (commons_ != nullptr) {
    open_catalog();
  } else {
    catalog_.emplace(definitions_);
  }
}

node::~node() = default;

void node::define(const definition::definition_ptr& drawn) {
  if (commons_ != nullptr) return put(drawn);
  catalog_->put(drawn, false);
  for (const auto& one : definitions_.definitions()) store().put_definition(one.name, one.canonical);
}

bool node::apply(const definition::definition_ptr& drawn) {
  world_.say("applies " + drawn->name);
  if (commons_ != nullptr) {
    if (commons_->writes_away()) return false;
    world_.acting = machine_.number;
    world_.may_die("before a definition is put");
    put(drawn);
    world_.may_die("after a definition was put");
    return true;
  }
  being_applied_ = drawn;
  try {
    store().put_definition(drawn->name, drawn->canonical);
  } catch (const std::system_error& refused) {
    world_.say(std::string("which is not kept: ") + refused.what());
    being_applied_ = nullptr;
    return false;
  }
  catalog_->put(std::exchange(being_applied_, nullptr), false);
  return true;
}

std::variant<runtime::catalogued, problem> node::find_for_start(const std::string& name) {
  world_.acting = machine_.number;
  auto found = catalog_->find_for_start(name);
  if (commons_ != nullptr) commons_->definitions().starts_by(machine_.number, name, found);
  return found;
}

void node::boot() {
  if (!storage_->is_open()) {
    const auto why = storage_->open();
    world_.say(why.empty() ? "the journal is opened" : "the journal cannot be opened: " + why);
    if (!why.empty()) return;
    if (commons_ != nullptr) open_catalog();
  }
  take_settled();
  ++lives_;
  world_.say("life " + std::to_string(lives_) + " begins");
  begin_version();
  storage_->begin_life([this] { take_settled(); });
  constexpr unsigned more_often = 10;
  if (world_.strikes_rarely<&weather::clock_jumps>(more_often)) world_.let_wall_clock_jump();
  if (commons_ == nullptr) time_.begin_life(store().opened().last_time);
  born_ = time_.now();
  if (commons_ == nullptr) inspector_.begin_life(store().opened().epoch, born_);
  woken_ = draining_ = upgrading_ = any_lost_ = false;
  work_planned_ = wake_planned_ = never;
  check_definitions();
  tamper();
  line_ = network_.make_line(machine_, [this](dispatch::answer answer) { core_->answered(std::move(answer)); });
  appender_ = storage_->make_appender([this] { woken_ = true; });
  runtime::core_options options;
  if (commons_ == nullptr) {
    const auto partitions = 1 + world_.random.below(4);
    for (std::size_t number = 0; number < 8; ++number) options.partitions.push_back(static_cast<partition_no>(number));
    if (lives_ == 1) options.partitions.resize(partitions);
    options.epoch = store().opened().epoch;
  }
  options.public_url = "http://sagad";
  cramped_ = world_.strikes<&weather::cramped>();
  if (cramped_) {
    options.live_sagas_max = 1 + world_.random.below(3);
    options.waiters_max = world_.random.below(3);
  }
  options.poll_min_ms = 50;
  options.poll_max_ms = 2000;
  runtime::surroundings around{
      store(), *appender_, *line_, *catalog_, time_, signer_, [this] { return world_.random.next(); }};
  if (commons_ != nullptr) {
    around.shared = &shared_store();
    around.given_back = [this](partition_no partition, std::uint64_t epoch) { give_back(partition, epoch); };
    around.look_on = [this](runtime::moved_waiter& who) { return take_over(who); };
    around.load_beside = [this](const auto& ids, auto tell) { load_beside(ids, std::move(tell)); };
    onlookers_ = 0;
  }
  core_ = std::make_unique<runtime::core>(std::move(options), std::move(around));
  if (commons_ != nullptr) return join();
  core_->begin_recovery(store().live());
  recover();
}

void node::begin_version() {
  run_version(next_version_);
  if (std::exchange(version_, next_version_) == next_version_) return;
  world_.say(std::string("another version asks: ") + name(version_));
  if (inspector_.live() == 0) return;
  world_.note<&weather::upgrade>();
  SAGAD_PROBE("simulated: another version of the program finds sagas under way");
}

void node::check_definitions() {
  if (commons_ != nullptr) return;
  const auto kept = store().definitions();
  if (const auto unsure = std::exchange(being_applied_, nullptr)) {
    if (!kept.empty() && kept.back().content == unsure->content) catalog_->put(unsure, false);
  }
  const auto wanted = definitions_.definitions();
  const auto same = [](const journal::stored_definition& left, const journal::stored_definition& right) {
    return left.name == right.name && left.version == right.version && left.canonical == right.canonical;
  };
  if (!std::equal(wanted.begin(), wanted.end(), kept.begin(), kept.end(), same)) {
    throw violation("I4: the definitions that were kept are others");
  }
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
  storage_->let_reads_fail(true);
  core_->recover_some(1 + world_.random.below(3));
  storage_->let_reads_fail(false);
  soon(world_.random.between(0, 2), [this] { recover(); });
}

void node::crash() {
  end_life(false);
}

void node::end_life(bool in_order) {
  world_.say(in_order ? "the process ends in order" : "crash");
  core_.reset();
  appender_.reset();
  line_.reset();
  storage_->crash(in_order);
  queued_.clear();
  handed_on_.clear();
  machine_.stands_still_until = reads_again_at_ = 0;
  if (commons_ != nullptr) return take_settled();
  inspector_.thaw_all();
  if (!storage_->is_open()) return;
  std::uint64_t records = 0;
  store().scan({}, seen_.at, [&records](const journal::stored_record&) { ++records; });
  if (records < seen_.at) throw violation("I4: a crash takes along what was durable");
  take_settled();
}

void node::drain() {
  world_.say("drain");
  draining_ = true;
  core_->drain();
  if (commons_ != nullptr) shared_store().leave();
}

void node::upgrade(version to) {
  next_version_ = to;
  if (!up()) return;
  if (world_.chance(500)) return crash();
  upgrading_ = true;
  if (!draining_) drain();
}

void node::take_settled() {
  if (commons_ != nullptr) return commons_->take_settled();
  for (;;) {
    const auto next = store().scan(seen_, 100, [this](const journal::stored_record& one) { inspector_.take(one); });
    if (next == seen_) return;
    seen_ = next;
  }
}

void node::settle() {
  while (std::exchange(woken_, false)) {
    take_settled();
    storage_->tells();
    core_->settle();
    inspector_.core_was_told();
  }
}

void node::end_turn() {
  core_->end_turn(storage_->commits_here());
  plan_work();
}

void node::plan_work() {
  const auto next = storage_->next_at();
  if (next == never || std::max(next, world_.now()) >= work_planned_) return;
  work_planned_ = std::max(next, world_.now());
  auto wait = world_.random.between(0, world_.weather.commit_ms_max);
  if (commons_ != nullptr && world_.strikes<&weather::commits_late>()) wait += world_.random.between(0, 2000);
  world_.after(work_planned_ - world_.now() + wait, [this, planned = work_planned_, life = lives_] {
    world_.acting = machine_.number;
    if (up() && life == lives_ && planned == work_planned_) work();
  });
}

void node::work() {
  work_planned_ = never;
  storage_->work();
  take_settled();
  // Durable, and nobody has acted on it yet.
  if (world_.strikes_rarely<&weather::crash>()) return crash();
  plan_work();
}

void node::plan_wake() {
  const auto next = core_->next_wake();
  if (next == never || next >= wake_planned_) return;
  wake_planned_ = next;
  world_.after(std::max<millis>(0, next - time_.now()), [this, next, life = lives_] {
    world_.acting = machine_.number;
    if (life == lives_ && wake_planned_ == next) wake_planned_ = never;
  });
}

void node::after_event() {
  if (!up() || stands_still()) return;
  world_.acting = machine_.number;
  if (world_.strikes_rarely<&weather::crash>()) return crash();
  if (!draining_ && world_.strikes_rarely<&weather::drain>()) drain();
  settle();
  if (world_.strikes_rarely<&weather::clock_jumps>()) world_.let_wall_clock_jump();
  if (core_->next_wake() <= time_.now()) {
    const bool loading = core_->recovering();
    core_->on_time();
    if (!loading) recover();
  }
  // Now and then more inputs come before the journal gets what was appended.
  if (!world_.chance(200)) {
    end_turn();
    settle();
  } else {
    soon(0, [] {});
  }
  commons_ == nullptr ? inspector_.compare(*core_) : inspector_.compare_owned(*core_);
  if (has(defect_, defect::forgets_wakeups)) forget_wakeups();
  if (world_.chance(100)) core_->audit(audited_at_once);
  const auto& counted = runtime::core_probe::counters_of(*core_);
  if (counted.audit_violations != 0) throw violation("I6: a saga has no wake-up");
  if (counted.quarantined != 0) throw violation("a saga's own invariant broke: it is quarantined");
  plan_wake();
  const bool to_end = upgrading_ || world_.weather.drain != 0;
  if (draining_ && to_end && core_->quiet()) return end_life(true);  // nothing is open, all is durable
  if (commons_ == nullptr) return;
  may_lose_sight();
  may_stand_still();
}

void node::forget_wakeups() {
  for (const auto& [id, one] : inspector_.sagas()) {
    if (runtime::core_probe::saga_of(*core_, id) != nullptr) runtime::core_probe::forget_timer(*core_, id);
  }
}

void node::late_answer(const late_said& what, unique_function<void(int)> tell) {
  if (!up()) return tell(503);
  world_.acting = machine_.number;
  const auto target = signer_.verify(what.token);
  if (!target) throw violation("a callback token that was made here is refused");
  note_callback(*target);
  if (!here(target->saga)) {
    SAGAD_PROBE("simulated: a callback comes to a node that does not own the saga");
    return hand_on(runtime::message_of(*target, signer_, {what.outcome, what.body}, next_message()),
                   [this, target = *target, outcome = what.outcome, tell = std::move(tell)](const auto& bytes) mutable {
                     const auto result = runtime::late_answer_of(bytes);
                     const auto* problem = std::get_if<sagad::problem>(&result);
                     if (problem == nullptr) inspector_.acknowledged(target, outcome, 0);
                     tell(problem != nullptr ? http_status(problem->code) : 204);
                   });
  }
  core_->late_answer(*target, {what.outcome, what.body},
                     [this, target = *target, outcome = what.outcome, awaited = awaited_of(*target),
                      tell = std::move(tell)](runtime::late_result result) mutable {
                       world_.may_die("before a callback is answered");
                       const auto* problem = std::get_if<sagad::problem>(&result);
                       if (problem == nullptr) inspector_.acknowledged(target, outcome, awaited);
                       tell(problem != nullptr ? http_status(problem->code) : 204);
                       world_.may_die("after a callback was answered");
                     });
  // Jobs that have ended are what others may have waited for.
  if (world_.chance(500)) line_->let_go();
}

// The attempt whose late answer the core waits for; 0: none.
std::uint32_t node::awaited_of(const runtime::callback_target& target) const {
  const auto* resident = runtime::core_probe::saga_of(*core_, target.saga);
  const auto* open = resident == nullptr ? nullptr : resident->find(target.operation);
  return open != nullptr && open->accepted && open->generation == target.generation ? open->attempt : 0;
}

void node::note_callback(const runtime::callback_target& target) const {
  const auto* known = inspector_.find(target.saga);
  const auto* open = known == nullptr ? nullptr : known->saga.find(target.operation);
  if (open == nullptr) {
    SAGAD_PROBE("simulated: a callback comes when nobody waits any more");
    return;
  }
  if (open->accepted) {
    SAGAD_PROBE("simulated: a callback comes after its 202");
  } else {
    SAGAD_PROBE("simulated: a callback comes before its 202, or while it is asked again");
  }
  if (open->released_at < born_) SAGAD_PROBE("simulated: a callback comes to a coordinator that was restarted");
}

}  // namespace sagad::simulation

// A node of several: what the journal tells it, and what is handed on to a saga's owner.
#include <algorithm>
#include <utility>

#include "base/probe.hpp"
#include "runtime/forwarded.hpp"
#include "runtime/load_saga.hpp"
#include "runtime/onlooking.hpp"
#include "tests/simulation/node.hpp"
#include "tests/simulation/shared_storage.hpp"
#include "tests/support/core_probe.hpp"

namespace sagad::simulation {

journal::memory::node_store& node::shared_store() {
  return static_cast<shared_storage&>(*storage_).store();
}

// In this life, when the machine does not stand still.
void node::soon(millis delay, unique_function<void()> what) {
  world_.after(delay, [this, life = lives_, what = std::move(what)]() mutable {
    if (!up() || life != lives_) return;
    if (stands_still()) return soon(machine_.stands_still_until - world_.now(), std::move(what));
    world_.acting = machine_.number;
    what();
  });
}

// The journal tells on a thread of its own: the core hears of it a little later, in the same order.
void node::queue(unique_function<void()> what) {
  queued_.push_back(std::move(what));
  soon(world_.random.between(0, world_.chance(200) ? 300 : 2), [this] {
    auto next = std::move(queued_.front());
    queued_.pop_front();
    next();
  });
}

void node::join() {
  shared_store().join(*this, {});
  shared_store().entries().be_away_when([this] { return reads_away(); });
  soon(world_.random.between(0, commons::round_ms), [this] { round(); });
}

// What it asks the database to write is given up now and then: its lease is not renewed then, nor anything else done.
void node::round() {
  take_settled();
  if (!commons_->writes_away() && !world_.strikes<&weather::gives_up>()) shared_store().work();
  soon(commons::round_ms / 2 + world_.random.between(0, commons::round_ms / 2), [this] { round(); });
}

void node::taken(journal::taken_partition partition) {
  if (world_.verbose) {
    world_.say("node " + std::to_string(machine_.number) + " takes partition " + std::to_string(partition.partition) +
               " under epoch " + std::to_string(partition.epoch));
  }
  if (!partition.live.empty()) SAGAD_PROBE("simulated: a node takes a partition with live sagas");
  inspector_.taken(partition.partition, partition.epoch);
  queue([this, partition = std::move(partition)]() mutable {
    const bool loading = core_->recovering();
    core_->take(std::move(partition));
    if (!loading) recover();
  });
}

// On a thread of its own: what is read may be long past when the core hears of it.
void node::load_beside(const std::vector<saga_id>& ids,
                       unique_function<void(std::vector<runtime::loaded_or_not>)> tell) {
  const auto some_time = [this] { return world_.random.between(0, world_.chance(200) ? 300 : 2); };
  soon(some_time(), [this, some_time, ids, tell = std::move(tell)]() mutable {
    auto found = runtime::load_some(store(), *catalog_, ids);
    soon(some_time(), [this, tell = std::move(tell), found = std::move(found)]() mutable {
      const bool loading = core_->recovering();
      tell(std::move(found));
      if (!loading) recover();
    });
  });
}

void node::wanted_back(partition_no partition) {
  queue([this, partition] { core_->hand_over(partition, time_.now() + world_.random.between(0, 3000)); });
}

void node::lost(partition_no partition) {
  SAGAD_PROBE("simulated: a node learns that it has lost a partition");
  queue([this, partition] { core_->lose(partition); });
}

void node::give_back(partition_no partition, std::uint64_t epoch) {
  if (commons_->writes_away()) {
    SAGAD_PROBE("simulated: a partition cannot be given back while the database is away");
    return soon(commons_->writes_from() - world_.now(), [this, partition, epoch] { give_back(partition, epoch); });
  }
  world_.say("node " + std::to_string(machine_.number) + " gives back partition " + std::to_string(partition));
  if (runtime::core_probe::writes(*core_, partition)) {
    throw violation("I9: a partition is given back with records under way: " + std::to_string(partition));
  }
  if (journal::memory::cluster::holding now = commons_->all().holder_of(partition);
      now.owner == static_cast<shared_storage&>(*storage_).name() && now.epoch == epoch) {
    inspector_.given_back(partition);
  }
  shared_store().give_back(partition, epoch);
  take_settled();
}

void node::arrived(journal::message message) {
  const auto times = world_.strikes<&weather::message_twice>() ? 2 : 1;
  for (auto time = 0; time < times; ++time) {
    queue([this, message] { carry_out(message); });
  }
}

void node::carry_out(const journal::message& message) {
  runtime::carry_out(*core_, signer_, message, [this, id = message.id](std::optional<std::string> answer) {
    if (!answer) return;
    world_.may_die("before a message is answered");
    if (commons_->writes_away()) return;  // it comes again
    shared_store().answer({id, std::move(*answer)});
    world_.may_die("after a message was answered");
  });
}

void node::answered(journal::message_answer answer) {
  queue([this, answer = std::move(answer)] {
    const auto found = handed_on_.find(answer.id);
    if (found == handed_on_.end()) {
      SAGAD_PROBE("simulated: an owner's answer comes when nobody waits for it any more");
      return;
    }
    auto waiting = std::move(found->second);
    handed_on_.erase(found);
    for (auto& tell : waiting) tell(answer.bytes);
  });
}

void node::open_catalog() {
  catalog_.emplace(store(), 10'000, [this] { return world_.now(); });
  commons_->definitions().knows_all(machine_.number);
}

void node::put(const definition::definition_ptr& drawn) {
  commons_->definitions().put(machine_.number, *drawn, catalog_->put(drawn, false));
}

void node::retire(const std::string& name) {
  if (commons_->writes_away()) return;
  world_.say("retires " + name);
  world_.acting = machine_.number;
  world_.may_die("before a definition is retired");
  commons_->definitions().retire(machine_.number, name, catalog_->retire(name));
  world_.may_die("after a definition was retired");
}

void node::hold_definitions() const {
  if (commons_ != nullptr) commons_->definitions().hold_against(machine_.number, *catalog_);
}

// It learns aside, and has other things to do; and what it cannot read it cannot learn.
void node::definitions_changed() {
  const auto busy = world_.random.between(0, world_.chance(200) ? 3000 : 20);
  soon(std::max(busy, std::max(reads_again_at_, commons_->reads_from()) - world_.now()), [this] {
    catalog_->learn();
    commons_->definitions().knows_all(machine_.number);
  });
}

void node::hand_on(const journal::message& what, told_answer tell) {
  SAGAD_PROBE("simulated: something is handed on to a saga's owner");
  const auto patience = world_.random.between(500, 4000);
  handed_on_[what.id].push_back(std::move(tell));
  if (commons_->writes_away() || world_.strikes<&weather::gives_up>()) {
    SAGAD_PROBE("simulated: what is handed on cannot be kept");
  } else if (shared_store().post_all({what}).front()) {
    throw violation("a message is refused that there is room for");
  }
  soon(patience, [this, id = what.id] { handed_on_.erase(id); });
}

void node::start(runtime::start_request request, unique_function<void(runtime::start_result)> tell) {
  world_.acting = machine_.number;
  core_->start(std::move(request), std::move(tell));
}

/// Somebody who asks for a saga that is another node's, and may wait for its end. Dies with this node's life.
struct node::onlooker {
  saga_id id;
  runtime::only_of whose;
  unique_function<void(runtime::answer_result)> tell;
  bool has_place = true;
  runtime::onlooking looks;
};

void node::get(const saga_id& id, const runtime::look_request& request,
               unique_function<void(runtime::answer_result)> tell) {
  world_.acting = machine_.number;
  if (here(id)) return core_->get(id, request, std::move(tell));
  SAGAD_PROBE("simulated: a saga is asked for at a node that does not own it");
  const bool has_place = request.wait_ms > 0 && may_look_on();
  const auto until = world_.now() + (has_place ? request.wait_ms : 0);
  look_on(std::make_shared<onlooker>(
      onlooker{id, request.whose, std::move(tell), has_place, {until, request.client_gone}}));
}

bool node::may_look_on() {
  constexpr std::size_t onlookers_max = 2;
  if (onlookers_ >= onlookers_max) return false;
  ++onlookers_;
  return true;
}

bool node::take_over(runtime::moved_waiter& who) {
  if (!may_look_on()) return false;
  auto tell = [id = who.id, tell = std::move(who.tell)](runtime::answer_result seen) mutable {
    if (auto* why = std::get_if<problem>(&seen)) return tell(runtime::failed_start{std::move(*why), id});
    tell(std::get<runtime::saga_answer>(std::move(seen)));
  };
  look_again(std::make_shared<onlooker>(
      onlooker{who.id, std::nullopt, std::move(tell), true, {world_.now() + who.patience_ms, who.client_gone}}));
  return true;
}

void node::look_again(std::shared_ptr<onlooker> who) {
  const auto pause = who->looks.next_pause(world_.now());
  soon(pause, [this, who = std::move(who)] { look_on(who); });
}

void node::look_on(const std::shared_ptr<onlooker>& who) {
  auto seen = runtime::read_state(store(), *catalog_, who->id, who->whose);
  if (who->looks.goes_on(seen, world_.now())) return look_again(who);
  const auto* why = std::get_if<problem>(&seen);
  const bool away = why != nullptr && why->code == problem_code::overloaded;
  if (away && who->looks.patient(world_.now())) {
    throw violation("told that the journal is away, who waits for it: " + who->id.text());
  }
  if (away) SAGAD_PROBE("simulated: a journal that is away is told to who looks on, when his time is up");
  if (why == nullptr && who->has_place && std::get<runtime::saga_answer>(seen).final) {
    SAGAD_PROBE("simulated: a saga ends at another node than that at which somebody waits for it");
  }
  if (who->has_place) --onlookers_;
  who->tell(std::move(seen));
}

void node::command(const saga_id& id, runtime::command_request order,
                   unique_function<void(runtime::answer_result)> tell) {
  world_.acting = machine_.number;
  if (here(id)) return core_->command(id, std::move(order), std::move(tell));
  hand_on(runtime::message_of(id, order, next_message()),
          [tell = std::move(tell)](const std::string& bytes) mutable { tell(runtime::command_answer(bytes)); });
}

// A database that for a while does not answer what one node asks, or not all of it. What is on its way to be written
// waits besides, as it does at any time.
void node::may_lose_sight() {
  if (!world_.strikes_rarely<&weather::reads_away>()) return;
  const auto lasts = world_.random.between(1, world_.chance(300) ? 8000 : 1000);
  world_.say("node " + std::to_string(machine_.number) + " reads nothing for " + std::to_string(lasts) + " ms");
  reads_again_at_ = std::max(reads_again_at_, world_.now() + lasts);
  not_answered_ = world_.chance(500) ? 1000 : 500;
}

bool node::reads_away() {
  return commons_->reads_away() || (world_.now() < reads_again_at_ && world_.chance(not_answered_));
}

// As one that is stopped and goes on: it finds its timers late, and whatever has come meanwhile.
void node::may_stand_still() {
  if (world_.strikes_rarely<&weather::moves>()) commons_->move_one();
  if (world_.strikes_rarely<&weather::falls>()) commons_->fall();
  if (!world_.strikes_rarely<&weather::stands_still>()) return;
  const auto long_one = world_.chance(500);
  const auto lasts = long_one ? world_.random.between(commons::lease_ms, 4 * commons::lease_ms)
                              : world_.random.between(1, commons::lease_ms);
  if (long_one) SAGAD_PROBE("simulated: a node stands still for longer than its lease");
  world_.say("node " + std::to_string(machine_.number) + " stands still for " + std::to_string(lasts) + " ms");
  machine_.stands_still_until = world_.now() + lasts;
  soon(lasts, [] {});  // then it goes on
}

}  // namespace sagad::simulation

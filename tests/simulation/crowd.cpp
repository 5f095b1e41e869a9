#include "tests/simulation/crowd.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/probe.hpp"

namespace sagad::simulation {

using engine::command_name;

namespace {

// Packed it is hardly shorter.
std::string text_of_any_letters(dice from, std::size_t bytes) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  std::string made(bytes, '\0');
  std::uint64_t bits = 0;
  for (auto& letter : made) {
    bits = bits < letters.size() ? from.next() : bits;
    letter = letters[bits % letters.size()];
    bits /= letters.size();
  }
  return made;
}

}  // namespace

void crowd::want(const std::string& definition_name) {
  auto& one = clients_.emplace_back();
  one.definition_name = definition_name;
  one.input = world_.chance(30) ? "{}" : "{\"n\":" + std::to_string(world_.random.below(100)) + "}";
  if (const auto most = world_.weather.input_bytes_max; most != 0) {
    const auto filler = text_of_any_letters(dice(world_.random.next()), world_.random.below(most));
    one.input.insert(1, "\"long\":\"" + filler + (one.input == "{}" ? "\"" : "\","));
  }
  if (!world_.chance(200)) one.key = "k" + std::to_string(clients_.size());
  world_.after(world_.random.between(0, 2000), [this, &one] { start(one); });
  world_.after(world_.random.between(0, 2500), [this, &one] { look(one); });
}

bool crowd::all_answered() const noexcept {
  return std::all_of(clients_.begin(), clients_.end(),
                     [](const client& one) { return one.acknowledged || one.gave_up; });
}

void crowd::retry_later(client& one) {
  // One at a time: who repeats at once, too, would be twice as many each time.
  if (std::exchange(one.will_retry, true)) return;
  world_.after(world_.random.between(100, 1500), [this, &one] {
    one.will_retry = false;
    if (!one.acknowledged) start(one);
  });
}

void crowd::start(client& one) {
  auto* at = nodes_.any();
  if (at == nullptr) return retry_later(one);
  auto input = one.input;
  // Somebody else's request under the same key.
  if (one.acknowledged && world_.chance(300)) input = "{\"n\":-1}";
  runtime::start_request request;
  request.input = input;
  request.key = one.key;
  request.request_bytes = request.request_canonical = digest_of(input);
  request.wait_ms = world_.chance(400) ? world_.random.between(1, 8000) : 0;
  request.client_gone = draw_leaving(request.wait_ms);
  auto found = at->find_for_start(one.definition_name);
  if (const auto* why = std::get_if<problem>(&found)) return turned_away(one, *at, request, *why);
  const auto& by = std::get<runtime::catalogued>(found);
  request.definition = by.definition;
  request.version = by.version;
  // Without a key a start must not be repeated unless it surely was not made.
  if (one.key.empty()) one.gave_up = true;
  if (!one.key.empty() && !one.acknowledged) retry_later(one);
  at->start(std::move(request), [this, &one, input](const runtime::start_result& result) {
    if (lost_on_its_way("a start")) {
      one.lost_one = true;
      return;
    }
    started(one, input, result);
    world_.may_die("after a client was told of its start");
  });
  if (!one.key.empty() && world_.strikes<&weather::impatient>()) world_.after(0, [this, &one] { start(one); });
}

// By a name by which nothing is started now. As at the routes of a coordinator: who has a key may have a saga by it.
void crowd::turned_away(client& one, node& at, const runtime::start_request& request, const problem& why) {
  if (!nodes_.share()) throw violation("I4: a definition that was put is not there: " + why.detail);
  const auto holder = one.key.empty() ? std::nullopt : at.store().find_key(one.key, inspector_.now());
  if (holder && holder->request_bytes == request.request_bytes) {
    SAGAD_PROBE("simulated: a start is repeated under its key, and its definition's name is retired or not known");
    return started(one, request.input, runtime::key_taken{holder->saga, true});
  }
  // Somebody may put it again, as long as there are operators.
  if (calm_ && why.code == problem_code::unknown_definition) {
    one.gave_up = true;
  } else if (!one.acknowledged) {
    retry_later(one);
  }
}

// Somebody may go away while he waits.
runtime::gone_flag crowd::draw_leaving(millis wait_ms) {
  if (wait_ms == 0 || !world_.strikes<&weather::leaves>()) return nullptr;
  auto gone = std::make_shared<std::atomic<bool>>(false);
  world_.after(world_.random.between(0, wait_ms), [gone] { *gone = true; });
  return gone;
}

// The answer to a request that was carried out: who has a key repeats it.
bool crowd::lost_on_its_way(const char* what) {
  if (!world_.strikes<&weather::reply_lost>()) return false;
  if (world_.verbose) world_.say("a client does not get the answer to " + std::string(what));
  return true;
}

void crowd::learn(client& one, const saga_id& id) {
  if (one.id && one.acknowledged && *one.id != id)
    throw violation("I4: a key names another saga than it did: " + one.key);
  one.id = id;
}

void crowd::started(client& one, const std::string& input, const runtime::start_result& result) {
  if (const auto* answer = std::get_if<runtime::saga_answer>(&result)) {
    if (input != one.input) throw violation("I4: a key's other request made a saga: " + one.key);
    inspector_.told(*answer);
    learn(one, answer->id);
    one.acknowledged = true;
  } else if (const auto* taken = std::get_if<runtime::key_taken>(&result)) {
    if (taken->same_request != (input == one.input)) throw violation("a key's request is mistaken for another");
    if (one.lost_one) SAGAD_PROBE("simulated: a start whose answer was lost is repeated under its key");
    learn(one, taken->held_by);
    one.acknowledged = true;
  } else {
    const auto& failed = std::get<runtime::failed_start>(result);
    if (failed.problem.code == problem_code::internal) throw violation("a start fails: " + failed.problem.detail);
    const bool surely_not = !failed.id;
    if (one.key.empty() && surely_not) {
      one.gave_up = false;
      retry_later(one);
    } else if (!surely_not && one.key.empty()) {
      one.id = failed.id;
    }
  }
}

void crowd::look_later(client& one) {
  // What is over is asked for now and then: it must stay what it was.
  const auto most = one.saw_the_end ? 9000 : 1000;
  if (!calm_) world_.after(world_.random.between(20, most), [this, &one] { look(one); });
}

void crowd::look(client& one) {
  look_later(one);
  auto* at = nodes_.any();
  if (at == nullptr) return;
  if (one.acknowledged && !one.key.empty() && world_.chance(100)) start(one);
  if (!one.id || !at->up()) return;
  const auto wait_ms = world_.chance(200) ? world_.random.between(1, 3000) : 0;
  const bool sure = one.acknowledged;
  at->get(*one.id, {wait_ms, std::nullopt, draw_leaving(wait_ms)},
          [this, &one, sure](const runtime::answer_result& result) {
            if (const auto* answer = std::get_if<runtime::saga_answer>(&result)) {
              one.saw_the_end = answer->final;
              inspector_.told(*answer);
              return world_.may_die("after a client was told of its saga");
            }
            const auto& problem = std::get<sagad::problem>(result);
            const auto history = nodes_.first().store().opened().kept_for.history;
            const bool gone = problem.code == problem_code::not_found && inspector_.may_be_gone(*one.id, history);
            if (gone) SAGAD_PROBE("simulated: a client asks for a saga whose history is gone");
            // Its key may be in the journal, and the core not know yet that its first record is.
            const bool later =
                problem.code == problem_code::overloaded || problem.code == problem_code::durability_unknown;
            if (sure && !gone && !later) throw violation("I4: an acknowledged saga: " + problem.detail);
          });
  if (world_.strikes<&weather::command>()) command(one);
}

runtime::command_request crowd::draw_command(client& one) {
  runtime::command_request order;
  constexpr command_name names[] = {command_name::pause,      command_name::resume, command_name::resume,
                                    command_name::resume,     command_name::retry,  command_name::retry,
                                    command_name::cancel,     command_name::cancel, command_name::compensate,
                                    command_name::compensate, command_name::skip,   command_name::edit,
                                    command_name::resolve};
  order.name = names[world_.random.below(std::size(names))];
  order.id = "c" + std::to_string(++commands_);
  order.actor = "ann";
  order.reason = "because";
  order.force = world_.chance(100);
  const auto* known = inspector_.find(*one.id);
  if (known == nullptr) return order;
  const auto& steps = known->saga.definition->steps;
  const bool wants_step = order.name == command_name::skip || order.name == command_name::edit;
  if (wants_step || world_.chance(300)) order.step = steps[world_.random.below(steps.size())].name;
  if (world_.chance(300)) order.side = world_.chance(500) ? "action" : "compensation";
  if (order.name == command_name::edit) order.body = "{\"edited\":" + std::to_string(commands_) + "}";
  order.nothing_happened = world_.chance(100);
  if (world_.chance(200)) order.if_seq = known->saga.seq;
  return order;
}

void crowd::command(client& one) {
  if (!one.last_command.empty() && world_.chance(200)) {
    runtime::command_request again;
    again.name = command_name::pause;
    again.id = one.last_command;
    const bool done = one.last_command_done;
    auto* at = nodes_.any();
    if (at == nullptr) return;
    at->command(*one.id, std::move(again), [this, done, since = first_result()](const auto& result) {
      const auto* answer = std::get_if<runtime::saga_answer>(&result);
      if (answer == nullptr) return;
      inspector_.told(*answer, since);
      if (done && !answer->repeated) throw violation("a command is carried out twice");
    });
    return;
  }
  give(one, draw_command(one));
}

// Of a command that is on its way already he gets that answer, which may be older than what somebody was told
// meanwhile.
std::optional<std::uint32_t> crowd::first_result() const {
  return !nodes_.share() ? std::nullopt : std::optional<std::uint32_t>(0);
}

// Where nodes hand commands on to one another, answers take their time.
std::optional<std::uint32_t> crowd::told_by_now(const saga_id& saga) const {
  if (!nodes_.share()) return std::nullopt;
  return inspector_.newest_told(saga);
}

void crowd::give(client& one, runtime::command_request order) {
  one.last_command = order.id;
  one.last_command_done = false;
  world_.say("command " + std::string(engine::name(order.name)) + (order.force ? " forced " : " ") + order.step +
             " on " + one.id->text());
  auto* at = nodes_.any();
  if (at == nullptr) return;
  at->command(*one.id, std::move(order),
              [this, &one, id = one.last_command, since = told_by_now(*one.id)](const auto& result) {
                const auto* answer = std::get_if<runtime::saga_answer>(&result);
                if (answer == nullptr || lost_on_its_way("a command")) return;
                inspector_.told(*answer, since);
                if (id == one.last_command) one.last_command_done = true;
                world_.may_die("after an operator was told of a command");
              });
  // Some give the next before they are told of the first.
  if (!world_.strikes<&weather::command>()) return;
  world_.after(world_.random.between(0, 10), [this, &one] {
    if (nodes_.any() != nullptr && !calm_) give(one, draw_command(one));
  });
}

void crowd::resume_all() {
  if (auto* at = nodes_.any(); at != nullptr) {
    for (const auto& [id, one] : inspector_.sagas()) {
      if (!lifecycle::is_paused(one.saga.phase)) continue;
      runtime::command_request order;
      order.name = command_name::resume;
      order.id = "last" + std::to_string(++commands_);
      at->command(one.saga.id, std::move(order), [](const runtime::answer_result&) {});
    }
  }
  world_.after(500, [this] { resume_all(); });
}

void crowd::calm_down() {
  calm_ = true;
  resume_all();
}

}  // namespace sagad::simulation

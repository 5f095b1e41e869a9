#include "runtime/runtime.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <system_error>
#include <utility>

#include "base/limit_share.hpp"
#include "journal/no_room.hpp"
#include "runtime/forwarded.hpp"
#include "runtime/random_bits.hpp"
#include "telemetry/log.hpp"

namespace sagad::runtime {

namespace {

command_result as_result(answer_result answer) {
  return std::visit([](auto&& what) { return command_result(std::move(what)); }, std::move(answer));
}

command_result command_result_of(forwarded_answer answer) {
  if (auto* why = std::get_if<problem>(&answer)) return std::move(*why);
  if (std::holds_alternative<not_answered_yet>(answer)) return not_answered_yet{};
  return as_result(command_answer(std::get<std::string>(answer)));
}

// A late answer that is not recorded yet is to be said again: that does no harm.
late_result late_result_of(forwarded_answer answer) {
  if (auto* why = std::get_if<problem>(&answer)) return std::move(*why);
  if (const auto* bytes = std::get_if<std::string>(&answer)) return late_answer_of(*bytes);
  return problem{problem_code::overloaded, "the node that has the saga has not recorded this yet: say it again"};
}

}  // namespace

runtime::runtime(runtime_options options, const shared_parts& parts, const make_caller& caller)
    : parts_(parts), hand_over_max_(options.hand_over_max) {
  const auto count = std::clamp<std::size_t>(options.reactors, 1, partitions);
  for (std::size_t number = 0; number < count; ++number) {
    auto core = options.core;
    core.epoch = parts.store.opened().epoch;
    core.number = number;
    core.live_sagas_max = share_of(options.core.live_sagas_max, count, number);
    core.waiters_max = share_of(options.core.waiters_max, count, number);
    core.partitions.clear();
    const auto first = parts.shared == nullptr ? number : partitions;  // else each comes when it is taken
    for (std::size_t partition = first; partition < partitions; partition += count) {
      core.partitions.push_back(static_cast<partition_no>(partition));
    }
    auto with = parts.shared == nullptr ? reactor::helpers() : helpers_of(number);
    reactors_.push_back(std::make_unique<reactor>(std::move(core), parts, caller, std::move(with)));
  }
  looking_on_.resize(count);
  if (parts.shared == nullptr) return;
  loads_ = std::make_unique<blocking_work>(count);
  forwarding_ = std::make_unique<forwarding>(*parts.shared, *reactors_[forwarding_home], options.answer_patience);
}

runtime::~runtime() {
  stop();
}

void runtime::begin() {
  std::vector<std::vector<journal::live_saga>> dealt(reactors_.size());
  for (const auto& live : parts_.store.live()) dealt[live.saga.partition() % reactors_.size()].push_back(live);
  for (std::size_t number = 0; number < reactors_.size(); ++number) {
    reactors_[number]->sagas().begin_recovery(std::move(dealt[number]));
    threads_.emplace_back([this, number] { reactors_[number]->run(); });
  }
}

bool runtime::drain(millis bound_ms) {
  draining_ = true;
  if (parts_.shared != nullptr) parts_.shared->leave();
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(bound_ms);
  std::vector<std::future<void>> drained;
  for (auto& reactor : reactors_) drained.push_back(reactor->drain());
  const bool quiet = std::all_of(drained.begin(), drained.end(),
                                 [end](auto& one) { return one.wait_until(end) == std::future_status::ready; });
  // Clients that wait for an end would wait for this process in vain: they get their answer before it goes.
  std::vector<std::future<void>> told;
  for (std::size_t number = 0; number < reactors_.size(); ++number) {
    auto done = std::make_shared<std::promise<void>>();
    told.push_back(done->get_future());
    reactors_[number]->on([this, number, done] {
      reactors_[number]->sagas().tell_where_it_is();
      tell_onlookers(number, done);
    });
  }
  // A reactor that does not come to it in time is left: the process goes all the same.
  const auto last = std::max(end, std::chrono::steady_clock::now()) + last_words;
  for (auto& one : told) one.wait_until(last);
  return quiet;
}

void runtime::stop() {
  for (auto& reactor : reactors_) reactor->stop();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  aside_.stop();
  reads_.stop();
  command_reads_.stop();
  if (loads_) loads_->stop();
  if (forwarding_) forwarding_->stop();
  if (parts_.shared != nullptr) parts_.shared->quit();
}

problem failed_aside(const std::exception& error) {
  if (dynamic_cast<const journal::unreachable*>(&error) != nullptr) return journal_is_away();
  const auto* system = dynamic_cast<const std::system_error*>(&error);
  if (system != nullptr && journal::is_no_room(system->code().value())) {
    return {problem_code::journal_full, "the journal's disk has no room: make room, then try again"};
  }
  log::error(std::string("reading or writing the journal beside the reactors failed: ") + error.what());
  return {problem_code::internal, std::string("the journal cannot do this: ") + error.what()};
}

// A callback that runs on reactor `from`, wherever it is called.
template <typename Tell>
auto runtime::back_to(std::size_t from, Tell tell) {
  return [to = reactors_[from].get(), tell = std::move(tell)](auto result) mutable {
    to->on([tell = std::move(tell), result = std::move(result)]() mutable { tell(std::move(result)); });
  };
}

void runtime::start(std::size_t from, start_request request, unique_function<void(start_result)> tell) {
  look_request look{request.wait_ms, request.whose, request.client_gone};
  unique_function<void(start_result)> told = [this, from, look = std::move(look),
                                              tell = std::move(tell)](start_result result) mutable {
    const auto* taken = std::get_if<key_taken>(&result);
    if (taken == nullptr) return tell(std::move(result));
    repeat(from, *taken, std::move(look), std::move(tell));
  };
  auto& here = reactors_[from]->sagas();
  if (here.takes_starts()) return here.start(std::move(request), std::move(told));
  start_beside(from, 1, std::move(request), back_to(from, std::move(told)));
}

// Where this node has fewer partitions than reactors, or not all of them yet: on the next reactor that has one.
void runtime::start_beside(std::size_t from, std::size_t tried, start_request request,
                           unique_function<void(start_result)> tell) {
  const auto at = (from + tried) % reactors_.size();
  reactors_[at]->on([this, from, tried, at, request = std::move(request), tell = std::move(tell)]() mutable {
    auto& sagas = reactors_[at]->sagas();
    if (sagas.takes_starts() || tried >= reactors_.size()) return sagas.start(std::move(request), std::move(tell));
    start_beside(from, tried + 1, std::move(request), std::move(tell));
  });
}

void runtime::repeat(std::size_t from, const key_taken& taken, look_request look,
                     unique_function<void(start_result)> tell) {
  // Another request's saga is looked up all the same: only who may see it is told its id.
  if (!taken.same_request) look.wait_ms = 0;
  get(from, taken.held_by, std::move(look), [this, from, taken, tell = std::move(tell)](answer_result answer) mutable {
    const auto& id = taken.held_by;
    if (auto* problem = std::get_if<sagad::problem>(&answer)) {
      if (problem->code == problem_code::not_found) return repeat_unseen(from, taken, std::move(tell));
      return tell(failed_start{*problem, id});
    }
    if (!taken.same_request) {
      return tell(failed_start{{problem_code::key_reused, "the key stands for another request, saga " + id.text() +
                                                              ": use a new key for a new request"},
                               id});
    }
    auto& about = std::get<saga_answer>(answer);
    about.repeated = true;
    tell(std::move(about));
  });
}

// Of a saga that cannot be shown: who may not see it learns nothing of it, but a client that asks again after a long
// time must not be told to take another key and start once more.
void runtime::repeat_unseen(std::size_t from, const key_taken& taken, unique_function<void(start_result)> tell) {
  beside<bool>(
      reads_, from, [this, id = taken.held_by]() -> std::variant<bool, problem> { return parts_.store.has(id); },
      [taken, tell = std::move(tell)](std::variant<bool, problem> there) mutable {
        const auto& id = taken.held_by;
        if (const auto* bad = std::get_if<problem>(&there)) return tell(failed_start{*bad, id});
        const bool gone = !std::get<bool>(there);
        if (gone && taken.same_request) {
          return tell(
              failed_start{{problem_code::no_longer_kept,
                            "this was started before, as saga " + id.text() +
                                ", which is over and whose history is not kept any more: it is not started again"},
                           id});
        }
        tell(failed_start{{problem_code::key_reused,
                           "the key is taken, and not by this request of yours: use a new key for a new request"},
                          std::nullopt});
      });
}

void runtime::get(std::size_t from, const saga_id& id, look_request request,
                  unique_function<void(answer_result)> tell) {
  auto& owner = of(id);
  owner.on([this, &owner, id, request = std::move(request), tell = back_to(from, std::move(tell))]() mutable {
    if (is_elsewhere(owner, id)) return get_elsewhere(owner, id, std::move(request), std::move(tell));
    auto& sagas = owner.sagas();
    if (sagas.holds(id)) return sagas.get(id, request, std::move(tell));
    auto whose = request.whose;
    beside<std::optional<saga_answer>>(
        reads_, id.partition() % reactors_.size(),
        [this, id, whose = std::move(whose)] { return read_final(parts_.store, parts_.definitions, id, whose); },
        [this, &owner, id, request = std::move(request), tell = std::move(tell)](auto read) mutable {
          if (auto* none = std::get_if<problem>(&read)) return tell(std::move(*none));
          auto& answer = std::get<std::optional<saga_answer>>(read);
          if (answer) return tell(std::move(*answer));
          if (is_elsewhere(owner, id)) return get_elsewhere(owner, id, std::move(request), std::move(tell));
          owner.sagas().get(id, request, std::move(tell));
        });
  });
}

void runtime::command(std::size_t from, const saga_id& id, command_request request,
                      unique_function<void(command_result)> tell) {
  auto& owner = of(id);
  owner.on([this, &owner, id, request = std::move(request), tell = back_to(from, std::move(tell))]() mutable {
    if (is_elsewhere(owner, id)) {
      return hand_on(
          message_of(id, request, random_bits()), if_repeated::is_another,
          [tell = std::move(tell)](forwarded_answer answer) mutable { tell(command_result_of(std::move(answer))); });
    }
    owner.sagas().command(id, std::move(request), [tell = std::move(tell)](answer_result result) mutable {
      tell(as_result(std::move(result)));
    });
  });
}

void runtime::find_command(std::size_t from, const saga_id& id, const std::string& command, only_of whose,
                           unique_function<void(command_result)> tell) {
  beside<command_result>(
      command_reads_, from,
      [this, id, command, whose = std::move(whose)]() -> std::variant<command_result, problem> {
        auto read = read_after_command(parts_.store, parts_.definitions, id, command, whose);
        if (auto* why = std::get_if<problem>(&read)) return std::move(*why);
        auto& answer = std::get<std::optional<saga_answer>>(read);
        if (answer) return command_result(std::move(*answer));
        const auto found =
            parts_.shared == nullptr ? std::nullopt : parts_.shared->find_posted(id, forwarded_id(id, command));
        if (!found) {
          return problem{problem_code::not_found, "the saga has no command by this id: none came, or it was refused"};
        }
        if (!found->answer) return command_result(not_answered_yet{});
        return as_result(command_answer(*found->answer));
      },
      [tell = std::move(tell)](std::variant<command_result, problem> read) mutable {
        if (auto* why = std::get_if<problem>(&read)) return tell(std::move(*why));
        tell(std::get<command_result>(std::move(read)));
      });
}

void runtime::late_answer(std::size_t from, const callback_target& target, late_request request,
                          unique_function<void(late_result)> tell) {
  auto& owner = of(target.saga);
  owner.on([this, &owner, target, request = std::move(request), tell = back_to(from, std::move(tell))]() mutable {
    if (is_elsewhere(owner, target.saga)) {
      return hand_on(
          message_of(target, parts_.signer, request, random_bits()), if_repeated::may_share,
          [tell = std::move(tell)](forwarded_answer answer) mutable { tell(late_result_of(std::move(answer))); });
    }
    owner.sagas().late_answer(target, std::move(request), std::move(tell));
  });
}

void runtime::ask(std::size_t from, partition_no whose, std::string question,
                  unique_function<void(forwarded_answer)> tell) {
  auto& owner = *reactors_[whose % reactors_.size()];
  owner.on([this, &owner, whose, question = std::move(question), tell = back_to(from, std::move(tell))]() mutable {
    if (parts_.shared != nullptr && !owner.sagas().serves(whose)) {
      return hand_on(message_of(whose, question, random_bits()), if_repeated::is_another, std::move(tell));
    }
    answer_question_(question, [tell = std::move(tell)](std::string answer) mutable { tell(std::move(answer)); });
  });
}

void runtime::counted(std::size_t from, unique_function<void(counters)> tell) {
  gather<counters>(
      from, [](std::size_t, const reactor& one) { return one.counted(); },
      [this, tell = std::move(tell)](counters all) mutable {
        all.waiting += onlookers_;
        tell(all);
      });
}

}  // namespace sagad::runtime

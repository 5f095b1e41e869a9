#include "runtime/runtime.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <system_error>
#include <utility>

#include "base/limit_share.hpp"
#include "journal/no_room.hpp"
#include "telemetry/log.hpp"

namespace sagad::runtime {

runtime::runtime(runtime_options options, const shared_parts& parts, const make_caller& caller) : parts_(parts) {
  const auto count = std::clamp<std::size_t>(options.reactors, 1, partitions);
  for (std::size_t number = 0; number < count; ++number) {
    auto core = options.core;
    core.epoch = parts.store.opened().epoch;
    core.number = number;
    core.live_sagas_max = share_of(options.core.live_sagas_max, count, number);
    core.waiters_max = share_of(options.core.waiters_max, count, number);
    core.partitions.clear();
    for (std::size_t partition = number; partition < partitions; partition += count) {
      core.partitions.push_back(static_cast<partition_no>(partition));
    }
    reactors_.push_back(std::make_unique<reactor>(std::move(core), parts, caller));
  }
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
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(bound_ms);
  std::vector<std::future<void>> drained;
  for (auto& reactor : reactors_) drained.push_back(reactor->drain());
  const bool quiet = std::all_of(drained.begin(), drained.end(),
                                 [end](auto& one) { return one.wait_until(end) == std::future_status::ready; });
  // Clients that wait for an end would wait for this process in vain: they get their answer before it goes.
  std::vector<std::future<void>> told;
  for (auto& reactor : reactors_) {
    auto done = std::make_shared<std::promise<void>>();
    told.push_back(done->get_future());
    reactor->on([&sagas = reactor->sagas(), done] {
      sagas.tell_where_it_is();
      done->set_value();
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
  reactors_[from]->sagas().start(
      std::move(request), [this, from, look = std::move(look), tell = std::move(tell)](start_result result) mutable {
        const auto* taken = std::get_if<key_taken>(&result);
        if (taken == nullptr) return tell(std::move(result));
        repeat(from, *taken, std::move(look), std::move(tell));
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
    auto& sagas = owner.sagas();
    if (sagas.holds(id)) return sagas.get(id, request, std::move(tell));
    auto whose = request.whose;
    beside<std::optional<saga_answer>>(
        reads_, id.partition() % reactors_.size(),
        [this, id, whose = std::move(whose)] { return read_final(parts_.store, parts_.definitions, id, whose); },
        [&sagas, id, request = std::move(request), tell = std::move(tell)](auto read) mutable {
          if (auto* none = std::get_if<problem>(&read)) return tell(std::move(*none));
          auto& answer = std::get<std::optional<saga_answer>>(read);
          if (answer) return tell(std::move(*answer));
          sagas.get(id, request, std::move(tell));
        });
  });
}

void runtime::command(std::size_t from, const saga_id& id, command_request request,
                      unique_function<void(answer_result)> tell) {
  auto& owner = of(id);
  owner.on([&owner, id, request = std::move(request), tell = back_to(from, std::move(tell))]() mutable {
    owner.sagas().command(id, std::move(request), std::move(tell));
  });
}

void runtime::late_answer(std::size_t from, const callback_target& target, late_request request,
                          unique_function<void(late_result)> tell) {
  auto& owner = of(target.saga);
  owner.on([&owner, target, request = std::move(request), tell = back_to(from, std::move(tell))]() mutable {
    owner.sagas().late_answer(target, std::move(request), std::move(tell));
  });
}

void runtime::counted(std::size_t from, unique_function<void(counters)> tell) {
  gather<counters>(
      from, [](std::size_t, const reactor& one) { return one.counted(); }, std::move(tell));
}

}  // namespace sagad::runtime

#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>
#include <variant>
#include <vector>

#include "runtime/blocking_work.hpp"
#include "runtime/forwarding.hpp"
#include "runtime/reactor.hpp"

namespace sagad::runtime {

struct runtime_options {
  std::size_t reactors = 1;
  core_options core;  ///< partitions and epoch are filled in; its limits are shared out among the reactors
  /// Where several nodes share the journal: how long what is open of a partition that is to move is waited for, ...
  millis hand_over_max = 30'000;
  /// ... and how long whoever asks for another node's saga waits for that node's answer.
  std::chrono::milliseconds answer_patience{5'000};
};

/// All reactors, and the way from any of them to a saga wherever it lives: on one of them, or on another node that
/// shares the journal. Functions that take `from` are called on that reactor's thread and tell there.
class runtime final : public journal::ownership_listener {
 public:
  runtime(runtime_options options, const shared_parts& parts, const make_caller& caller);
  ~runtime() override;
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  std::size_t reactors() const noexcept { return reactors_.size(); }
  reactor& at(std::size_t number) noexcept { return *reactors_[number]; }

  /// Deals the live sagas to their reactors and starts the threads.
  void begin();
  /// Where several nodes share the journal: this one is there from now on, under that address.
  void join(const std::string& address);
  /// Returns when sagas can start here, or after `bound`. At once where this process has the journal alone. From
  /// outside the reactors.
  bool await_share(std::chrono::milliseconds bound);
  /// Nothing new begins; returns when no exchange is open and all is durable (true), or after `bound_ms`. From outside
  /// the reactors. Where several nodes share the journal, others have its partitions then. Whoever still waits for an
  /// end, here or of a saga that is another node's by now, is then told where it is, which takes at most `last_words`
  /// more.
  bool drain(millis bound_ms);
  /// `draining`, from now on; the drain itself follows.
  void announce_drain() noexcept { draining_ = true; }
  bool draining() const noexcept { return draining_; }
  static constexpr std::chrono::seconds last_words{1};
  /// Ends the threads.
  void stop();

  void start(std::size_t from, start_request request, unique_function<void(start_result)> tell);
  /// What a start with that key is told: the saga that it stands for, or that it stands for another request.
  void repeat(std::size_t from, const key_taken& taken, look_request look, unique_function<void(start_result)> tell);
  /// Of a saga that is not in memory, its records are read beside the reactors.
  void get(std::size_t from, const saga_id& id, look_request request, unique_function<void(answer_result)> tell);
  void command(std::size_t from, const saga_id& id, command_request request,
               unique_function<void(command_result)> tell);
  /// What became of a saga's command, by the command's id: as the command itself was or would have been answered. A
  /// problem also: there is none.
  void find_command(std::size_t from, const saga_id& id, const std::string& command, only_of whose,
                    unique_function<void(command_result)> tell);
  void late_answer(std::size_t from, const callback_target& target, late_request request,
                   unique_function<void(late_result)> tell);
  /// Asks whichever node has the partition something that is about no saga: what its `answer_questions` says.
  void ask(std::size_t from, partition_no whose, std::string question, unique_function<void(forwarded_answer)> tell);
  /// Who answers here, on the reactor of the partition. Before `begin`.
  void answer_questions(std::function<void(const std::string&, unique_function<void(std::string)>)> how) {
    answer_question_ = std::move(how);
  }
  /// `take(number, reactor)` on every reactor, their values added with `+=`, told on reactor `from`.
  template <typename Sum, typename Take>
  void gather(std::size_t from, Take take, unique_function<void(Sum)> tell);
  void counted(std::size_t from, unique_function<void(counters)> tell);

  /// Runs `work`, which may wait for a disk, beside the reactors, and tells on reactor `from` what it returned; a
  /// problem when it threw, or when too much such work waits.
  template <typename Result>
  void aside(std::size_t from, unique_function<std::variant<Result, problem>()> work,
             unique_function<void(std::variant<Result, problem>)> tell) {
    beside<Result>(aside_, from, std::move(work), std::move(tell));
  }

  const shared_parts& parts() const noexcept { return parts_; }

  // What the journal tells, on its thread.
  void taken(journal::taken_partition partition) override;
  void wanted_back(partition_no partition) override;
  void lost(partition_no partition) override;
  void arrived(journal::message message) override;
  void answered(journal::message_answer answer) override;
  void definitions_changed() override { parts_.definitions.learn(); }

 private:
  struct onlooker;
  static constexpr std::size_t forwarding_home = 0;
  static constexpr std::size_t onlookers_max = 512;

  /// Those who look on at one reactor. On its thread.
  struct onlookers {
    std::unordered_set<std::shared_ptr<onlooker>> all;
    bool impatient = false;                         ///< from now on nobody waits for an end
    std::shared_ptr<std::promise<void>> none_left;  ///< to be kept once none is left
  };

  reactor::helpers helpers_of(std::size_t number);
  void load_beside(std::size_t number, std::vector<saga_id> ids,
                   unique_function<void(std::vector<loaded_or_not>)> tell);
  bool is_elsewhere(reactor& owner, const saga_id& id) const noexcept;
  void hand_on(journal::message what, if_repeated how, unique_function<void(forwarded_answer)> tell);
  void get_elsewhere(reactor& owner, const saga_id& id, look_request request,
                     unique_function<void(answer_result)> tell);
  bool take_over(moved_waiter& moved);
  bool may_look_on() noexcept;
  void look_on(const std::shared_ptr<onlooker>& who);
  void look_again(const std::shared_ptr<onlooker>& who);
  void saw(const std::shared_ptr<onlooker>& who, answer_result seen);
  void tell_onlookers(std::size_t at, std::shared_ptr<std::promise<void>> none_left);
  void start_beside(std::size_t from, std::size_t tried, start_request request,
                    unique_function<void(start_result)> tell);
  void repeat_unseen(std::size_t from, const key_taken& taken, unique_function<void(start_result)> tell);
  reactor& of(const saga_id& id) noexcept { return *reactors_[id.partition() % reactors_.size()]; }
  template <typename Tell>
  auto back_to(std::size_t from, Tell tell);
  template <typename Result>
  void beside(blocking_work& where, std::size_t from, unique_function<std::variant<Result, problem>()> work,
              unique_function<void(std::variant<Result, problem>)> tell);

  shared_parts parts_;
  std::vector<std::unique_ptr<reactor>> reactors_;
  std::vector<std::thread> threads_;
  std::atomic<bool> draining_ = false;
  const millis hand_over_max_;
  std::promise<void> first_share_;
  std::once_flag share_came_;
  std::vector<onlookers> looking_on_;       ///< of each reactor
  std::atomic<std::size_t> onlookers_ = 0;  ///< of all reactors, who have a place
  std::function<void(const std::string&, unique_function<void(std::string)>)> answer_question_;
  std::unique_ptr<forwarding> forwarding_;  ///< null: this process has the journal alone
  static constexpr std::size_t aside_max = 256;
  blocking_work aside_{aside_max};
  static constexpr std::size_t reads_max = 16'384;
  blocking_work reads_{reads_max};
  /// Apart from the others: each client that was told to ask again does so once and again, and looks into what waits
  /// for owners, too.
  blocking_work command_reads_{reads_max};
  std::unique_ptr<blocking_work> loads_;  ///< for live sagas: a piece of each reactor at a time; null as above
};

/// What went wrong beside the reactors, for the log and for who asked.
problem failed_aside(const std::exception& error);

template <typename Result>
void runtime::beside(blocking_work& where, std::size_t from, unique_function<std::variant<Result, problem>()> work,
                     unique_function<void(std::variant<Result, problem>)> tell) {
  // Shared: when it is refused, who asked is told so here.
  auto shared = std::make_shared<decltype(tell)>(std::move(tell));
  const bool taken = where.begin([to = reactors_[from].get(), shared, work = std::move(work)]() mutable {
    std::variant<Result, problem> result;
    try {
      result = work();
    } catch (const std::exception& error) {
      result = failed_aside(error);
    }
    to->on([shared = std::move(shared), result = std::move(result)]() mutable { (*shared)(std::move(result)); });
  });
  if (!taken) (*shared)(problem{problem_code::overloaded, "too many requests wait for the disk: try again later"});
}

template <typename Sum, typename Take>
void runtime::gather(std::size_t from, Take take, unique_function<void(Sum)> tell) {
  struct gathering {
    Sum sum{};
    std::size_t missing;
    unique_function<void(Sum)> tell;
  };
  auto all = std::make_shared<gathering>();
  all->missing = reactors_.size();
  all->tell = std::move(tell);
  for (std::size_t number = 0; number < reactors_.size(); ++number) {
    reactors_[number]->on([this, from, all, number, take] {
      reactors_[from]->on([all, part = take(number, *reactors_[number])] {
        all->sum += part;
        if (--all->missing == 0) all->tell(std::move(all->sum));
      });
    });
  }
}

}  // namespace sagad::runtime

#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "journal/memory/store.hpp"
#include "journal/ownership.hpp"
#include "runtime/core.hpp"
#include "tests/simulation/commons.hpp"
#include "tests/simulation/journal_time.hpp"
#include "tests/simulation/line.hpp"
#include "tests/simulation/machine.hpp"
#include "tests/simulation/network.hpp"
#include "tests/simulation/other_version.hpp"
#include "tests/simulation/run.hpp"
#include "tests/simulation/storage.hpp"

namespace sagad::simulation {

/// The coordinator, life after life: the real core over a journal. It dies with what was settled and, it may be, a part
/// of what was not, and comes back. Or one of several that share a journal, for whom the journal's listener and what
/// hands commands on are as in `runtime::runtime`.
class node final : private journal::ownership_listener {
 public:
  /// `shared`: none, and all is its own.
  node(world& in, network& net, inspector& eyes, const run_options& options, commons* shared = nullptr,
       unsigned number = 0);
  ~node() override;
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  bool up() const noexcept { return core_ != nullptr; }
  bool stands_still() const noexcept { return machine_.stands_still_until > world_.now(); }
  runtime::core& core() { return *core_; }
  journal::store& store() { return storage_->store(); }
  std::size_t lives() const noexcept { return lives_; }

  /// Keeps a definition; before the first saga.
  void define(const definition::definition_ptr& drawn);
  /// The same at any time. False: the journal has not kept it. Throws process_ended.
  bool apply(const definition::definition_ptr& drawn);
  /// As an operator does it: nothing is to be started by this name.
  void retire(const std::string& name);
  /// By what a saga of this name is started now; a problem: by nothing.
  std::variant<runtime::catalogued, problem> find_for_start(const std::string& name);
  const runtime::catalog& definitions() const noexcept { return *catalog_; }

  /// The process is killed, or was.
  void crash();
  /// Whether it should end and come back before anybody can expect all sagas to go on.
  bool needs_another_life() const noexcept { return up() && (any_lost_ || draining_ || cramped_); }
  /// Begins the next life, if the journal can be opened.
  void boot();
  /// To be called after everything that happens: timers, hand-over to the journal, the auditor now and then.
  void after_event();
  void drain();
  /// Where several share a journal: what was put and retired long ago is known.
  void hold_definitions() const;
  /// All that was durable is in the journal, or where it may be.
  void look_through() { storage_->look_through(); }
  /// The process ends, killed or in order, and the next life and those after it run this version.
  void upgrade(version to);

  /// As the runtime does it: here, or where the saga's owner is.
  void start(runtime::start_request request, unique_function<void(runtime::start_result)> tell);
  void get(const saga_id& id, const runtime::look_request& request, unique_function<void(runtime::answer_result)> tell);
  void command(const saga_id& id, runtime::command_request order, unique_function<void(runtime::answer_result)> tell);
  void late_answer(const late_said& what, unique_function<void(int)> tell);

 private:
  // node_shared.cpp
  void taken(journal::taken_partition partition) override;
  void wanted_back(partition_no partition) override;
  void lost(partition_no partition) override;
  void arrived(journal::message message) override;
  void answered(journal::message_answer answer) override;
  void definitions_changed() override;
  void open_catalog();
  void put(const definition::definition_ptr& drawn);
  bool here(const saga_id& id) const { return commons_ == nullptr || core_->serves(id.partition()); }
  void soon(millis delay, unique_function<void()> what);
  void queue(unique_function<void()> what);
  void round();
  void join();
  void give_back(partition_no partition, std::uint64_t epoch);
  using told_answer = unique_function<void(const std::string&)>;
  void hand_on(const journal::message& what, told_answer tell);
  void carry_out(const journal::message& message);
  journal::memory::node_store& shared_store();
  void may_stand_still();
  void may_lose_sight();
  bool reads_away();
  struct onlooker;
  bool may_look_on();
  bool take_over(runtime::moved_waiter& who);
  void look_again(std::shared_ptr<onlooker> who);
  void look_on(const std::shared_ptr<onlooker>& who);

  void end_life(bool in_order);
  void settle();
  void end_turn();
  void plan_work();
  void work();
  void take_settled();
  void plan_wake();
  void recover();
  void load_beside(const std::vector<saga_id>& ids, unique_function<void(std::vector<runtime::loaded_or_not>)> tell);
  void begin_version();
  std::uint32_t awaited_of(const runtime::callback_target& target) const;
  void note_callback(const runtime::callback_target& target) const;
  void check_definitions();
  void tamper();
  void forget_wakeups();

  world& world_;
  machine machine_;
  commons* commons_;
  std::deque<unique_function<void()>> queued_;  ///< what the journal has told, in order
  std::uint64_t messages_ = 0;                  ///< that were handed on in all its lives
  /// No other node's.
  std::uint64_t next_message() noexcept { return ++messages_ << 8U | static_cast<std::uint64_t>(machine_.number); }
  std::map<std::string, std::vector<told_answer>> handed_on_;
  std::size_t onlookers_ = 0;
  millis reads_again_at_ = 0;  ///< so long the journal does not answer all that is asked ...
  unsigned not_answered_ = 0;  ///< ... but so much of it not, in permille
  journal_time time_;
  network& network_;
  inspector& inspector_;
  defect defect_;
  runtime::callback_signer signer_;
  std::unique_ptr<storage> storage_;
  journal::memory::store definitions_;  ///< they are compiled once a run, not once a life; not of several nodes'
  std::optional<runtime::catalog> catalog_;
  definition::definition_ptr being_applied_;  ///< nobody knows whether it is kept; not of several nodes'
  std::unique_ptr<line> line_;
  std::unique_ptr<journal::appender> appender_;
  std::unique_ptr<runtime::core> core_;
  journal::cursor seen_;
  std::size_t lives_ = 0;
  millis born_ = 0;  ///< when this life began
  bool woken_ = false;
  millis work_planned_ = never;
  bool draining_ = false;
  bool any_lost_ = false;
  bool cramped_ = false;
  bool upgrading_ = false;
  version version_ = version::this_one;       ///< of this life
  version next_version_ = version::this_one;  ///< of the next
  millis wake_planned_ = never;
};

}  // namespace sagad::simulation

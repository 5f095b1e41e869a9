#pragma once

#include <memory>
#include <string>

#include "journal/memory/store.hpp"
#include "runtime/core.hpp"
#include "tests/simulation/journal_time.hpp"
#include "tests/simulation/line.hpp"
#include "tests/simulation/network.hpp"
#include "tests/simulation/other_version.hpp"
#include "tests/simulation/run.hpp"
#include "tests/simulation/storage.hpp"

namespace sagad::simulation {

/// The coordinator, life after life: the real core over a journal. It dies with what was settled and, it may be, a part
/// of what was not, and comes back.
class node {
 public:
  node(world& in, network& net, inspector& eyes, const run_options& options);
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  bool up() const noexcept { return core_ != nullptr; }
  runtime::core& core() { return *core_; }
  journal::store& store() { return storage_->store(); }
  std::size_t lives() const noexcept { return lives_; }

  /// Keeps a definition; before the first saga.
  void define(const definition::definition_ptr& drawn);
  /// The same at any time. False: the journal has not kept it. Throws process_ended.
  bool apply(const definition::definition_ptr& drawn);
  definition::definition_ptr definition(const std::string& name) const;
  const runtime::catalog& definitions() const noexcept { return catalog_; }

  /// The process is killed, or was.
  void crash();
  /// Whether it should end and come back before anybody can expect all sagas to go on.
  bool needs_another_life() const noexcept { return up() && (any_lost_ || draining_ || cramped_); }
  /// Begins the next life, if the journal can be opened.
  void boot();
  /// To be called after everything that happens: timers, hand-over to the journal, the auditor now and then.
  void after_event();
  void drain();
  /// All that was durable is in the journal, or where it may be.
  void look_through() { storage_->look_through(); }
  /// The process ends, killed or in order, and the next life and those after it run this version.
  void upgrade(version to);

  void late_answer(const late_said& what, unique_function<void(int)> tell);

 private:
  void end_life(bool in_order);
  void settle();
  void end_turn();
  void plan_work();
  void work();
  void take_settled();
  void plan_wake();
  void recover();
  void begin_version();
  std::uint32_t awaited_of(const runtime::callback_target& target) const;
  void note_callback(const runtime::callback_target& target) const;
  void check_definitions();
  void tamper();
  void forget_wakeups();

  world& world_;
  journal_time time_;
  network& network_;
  inspector& inspector_;
  defect defect_;
  runtime::callback_signer signer_;
  std::unique_ptr<storage> storage_;
  journal::memory::store definitions_;  ///< they are compiled once a run, not once a life
  runtime::catalog catalog_{definitions_};
  definition::definition_ptr being_applied_;  ///< nobody knows whether it is kept
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

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "journal/memory/store.hpp"
#include "runtime/core.hpp"
#include "tests/simulation/network.hpp"

namespace sagad::simulation {

/// The coordinator, life after life: the real core over the journal in memory. It dies with what was settled and a
/// prefix of what was not, and comes back.
class node {
 public:
  node(world& in, network& net, inspector& eyes, defect wrong);
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  bool up() const noexcept { return core_ != nullptr; }
  runtime::core& core() { return *core_; }
  journal::store& store() { return *store_; }
  std::size_t lives() const noexcept { return lives_; }

  /// Keeps a definition; before the first saga.
  void define(std::string_view text);
  definition::definition_ptr definition(const std::string& name) const;

  void crash();
  /// Whether it should end and come back before anybody can expect all sagas to go on.
  bool needs_another_life() const noexcept { return up() && (any_lost_ || draining_); }
  void boot();
  /// To be called after everything that happens: timers, hand-over to the journal, the auditor now and then.
  void after_event();
  void drain();

  void late_answer(const late_said& what, unique_function<void(int)> tell);

 private:
  std::optional<journal::memory::verdict> fate_of(const journal::entry& entry);
  void end_turn();
  void plan_commit();
  void commit();
  void take_settled();
  void plan_wake();
  void recover();
  void tamper();

  world& world_;
  network& network_;
  inspector& inspector_;
  defect defect_;
  runtime::callback_signer signer_;
  std::unique_ptr<journal::memory::store> store_;
  std::vector<std::unique_ptr<journal::memory::store>> dead_;
  std::unique_ptr<runtime::catalog> catalog_;
  std::unique_ptr<dispatch::caller> line_;
  std::unique_ptr<journal::appender> appender_;
  std::unique_ptr<runtime::core> core_;
  journal::cursor seen_;
  std::set<saga_id> written_unknown_;
  std::map<partition_no, journal::position> frozen_;
  std::size_t lives_ = 0;
  bool woken_ = false;
  bool commit_planned_ = false;
  bool draining_ = false;
  bool any_lost_ = false;
  millis wake_planned_ = never;
};

}  // namespace sagad::simulation

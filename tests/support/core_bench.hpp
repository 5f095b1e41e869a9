#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "journal/memory/store.hpp"
#include "runtime/core.hpp"
#include "tests/support/fake_caller.hpp"

namespace sagad::tests {

/// A clock that stands still until it is moved, or goes on by `step` each time that it is read.
class manual_clock final : public runtime::clock {
 public:
  millis now() const override {
    const auto read = at;
    if (step != 0) at += step;  // one that stands still is only read, by any thread
    return read;
  }
  mutable millis at = 1'700'000'000'000;
  millis step = 0;
};

/// The facts in the journal of a saga: `started|done|finished`.
std::string facts_of(journal::store& store, const saga_id& id);

/// A core with all that it lives in, driven by hand: one thread, journal in memory, participants that answer when the
/// test says so.
class core_bench {
 public:
  explicit core_bench(std::string_view definition_text);
  ~core_bench();

  /// The options of the next core that is made; `remake` lets it take effect before anything was started.
  runtime::core_options options;
  runtime::replay_guard* guard = nullptr;  ///< of the next core
  void remake();

  runtime::core& core() { return *core_; }
  journal::memory::store& store() { return *store_; }
  fake_caller& calls() { return *caller_; }
  runtime::catalog& definitions() { return *catalog_; }
  const runtime::callback_signer& signer() const { return signer_; }
  manual_clock clock;

  /// Hands over what was appended and takes in what is settled, until nothing moves.
  void turn();
  void advance(millis by);
  /// Dies, and comes back with what was settled and the oldest `unsettled` of the rest; nothing is loaded yet.
  void crash(std::size_t unsettled = 0);
  /// Loads what is live.
  void recover();
  void crash_and_recover(std::size_t unsettled = 0);

  /// Starts a saga of the bench's definition; its result is the returned one, once it is told.
  struct told_start {
    std::vector<runtime::start_result> all;
    bool told() const noexcept { return !all.empty(); }
    const runtime::saga_answer& answer() const { return std::get<runtime::saga_answer>(all.at(0)); }
    const runtime::failed_start& failure() const { return std::get<runtime::failed_start>(all.at(0)); }
  };
  told_start& start(const std::string& key = {}, millis wait_ms = 0, const std::string& input = "{}");
  /// Starts one, turns, and gives its id.
  saga_id started(const std::string& key = {});

  struct told_answer {
    std::vector<runtime::answer_result> all;
    bool told() const noexcept { return !all.empty(); }
    const runtime::saga_answer& answer() const { return std::get<runtime::saga_answer>(all.at(0)); }
    const sagad::problem& problem() const { return std::get<sagad::problem>(all.at(0)); }
    bool failed() const { return std::holds_alternative<sagad::problem>(all.at(0)); }
  };
  told_answer& get(const saga_id& id, millis wait_until = 0);
  told_answer& command(const saga_id& id, runtime::command_request request);
  /// A command with an id of its own.
  static runtime::command_request order(engine::command_name name, const std::string& id, const std::string& step = {});

  struct told_late {
    std::vector<runtime::late_result> all;
    bool told() const noexcept { return !all.empty(); }
  };
  told_late& call_back(const runtime::callback_target& target, engine::outcome outcome, const std::string& body = "{}");

  /// Answers a call that is under way.
  void answer(std::string_view name, int status, std::string_view body = "{}",
              engine::outcome outcome = engine::outcome::absent);
  void fail(std::string_view name, engine::ending how);
  void accept(std::string_view name, std::string location = {});

  /// The state shown for a saga, read through the door.
  std::string state(const saga_id& id);
  /// The facts in the journal of a saga: `started|done|finished`.
  std::string facts(const saga_id& id);

 private:
  void open(std::unique_ptr<journal::memory::store> store);
  void deliver(dispatch::answer answer);

  std::unique_ptr<journal::memory::store> store_;
  std::vector<std::unique_ptr<journal::memory::store>> dead_;
  runtime::callback_signer signer_;
  std::unique_ptr<fake_caller> caller_;
  std::unique_ptr<runtime::catalog> catalog_;
  std::unique_ptr<journal::appender> appender_;
  std::unique_ptr<runtime::core> core_;
  definition::definition_ptr definition_;
  bool woken_ = false;
  std::uint64_t randoms_ = 0;
  std::deque<told_start> starts_;
  std::deque<told_answer> answers_;
  std::deque<told_late> lates_;
};

}  // namespace sagad::tests

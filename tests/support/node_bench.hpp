#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "journal/memory/cluster.hpp"
#include "runtime/core.hpp"
#include "tests/support/core_bench.hpp"
#include "tests/support/fake_caller.hpp"

namespace sagad::tests {

/// A node of several: a core of its own over the journal that all share, driven by hand.
class node_bench final : public journal::ownership_listener {
 public:
  /// What live sagas are loaded by.
  enum class loads { here, beside };

  node_bench(journal::memory::cluster& all, const std::string& name, const manual_clock& clock,
             const definition::definition_ptr& definition, loads how = loads::here);
  ~node_bench() override;

  runtime::core& core() { return *core_; }
  journal::memory::node_store& store() { return *store_; }
  fake_caller& calls() { return *caller_; }
  /// What it does from time to time: leases, partitions, messages; and then all that follows.
  void work();
  /// Hands over what was appended and takes in what is settled, until nothing moves.
  void turn();
  /// The core is told what was asked for first; it was read when it was asked for.
  void finish_loading();
  /// Timers.
  void on_time();
  /// Dies with what was settled.
  void die();

  /// How long exchanges are waited for in what is handed over.
  millis hand_over_ms = 5000;
  bool keeps_to_itself = false;  ///< the core is not told of what becomes of partitions
  std::vector<partition_no> taken_ones;
  std::vector<partition_no> given_back;
  std::vector<runtime::moved_waiter> moved;  ///< who looks on
  std::size_t moved_max = 1000;
  std::vector<journal::message> messages;
  std::vector<journal::message_answer> answers;

  struct loading {
    std::vector<saga_id> ids;
    std::vector<runtime::loaded_or_not> found;
    unique_function<void(std::vector<runtime::loaded_or_not>)> tell;
  };
  std::deque<loading> loadings;  ///< beside the core, under way

  struct told_start {
    std::vector<runtime::start_result> all;
  };
  told_start& start(const std::string& key = {}, millis wait_ms = 0);
  saga_id started();
  struct told_answer {
    std::vector<runtime::answer_result> all;
    std::string text() const;  ///< the state, or `problem CODE`; empty: not told yet
  };
  told_answer& get(const saga_id& id, millis wait_ms = 0, runtime::gone_flag client_gone = nullptr);
  told_answer& command(const saga_id& id, runtime::command_request request);
  void answer(std::string_view call, int status, engine::outcome outcome = engine::outcome::absent);
  void fail(std::string_view call);
  /// As dispatch tells of a call whose `may_go` said no.
  void withhold(std::string_view call);
  std::string facts(const saga_id& id);

 private:
  void taken(journal::taken_partition partition) override;
  void wanted_back(partition_no partition) override;
  void lost(partition_no partition) override;
  void arrived(journal::message message) override { messages.push_back(std::move(message)); }
  void answered(journal::message_answer answer) override { answers.push_back(std::move(answer)); }
  void deliver(dispatch::answer answer);

  const manual_clock& clock_;
  definition::definition_ptr definition_;
  std::unique_ptr<journal::memory::node_store> store_;
  runtime::callback_signer signer_;
  std::unique_ptr<runtime::catalog> catalog_;
  std::unique_ptr<fake_caller> caller_;
  std::unique_ptr<journal::appender> appender_;
  std::unique_ptr<runtime::core> core_;
  bool woken_ = false;
  std::uint64_t randoms_ = 0;
  std::deque<told_start> starts_;
  std::deque<told_answer> told_;
};

}  // namespace sagad::tests

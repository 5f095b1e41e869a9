#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/played_saga.hpp"
#include "tests/support/random_definition.hpp"

namespace sagad::tests {

/// A random saga under random inputs of every kind, with a small world of open exchanges around it. Everything that
/// must hold at every record and between them is checked on the way; what does not is a failure of the test that plays.
class random_play {
 public:
  explicit random_play(std::uint64_t seed);

  /// Starts and gives that many inputs.
  void run(int inputs);
  /// From here on the world is kind: every call is answered `done`, whoever was paused is resumed, what is blocked for
  /// good is skipped by hand. The saga must come to its end.
  void finish();

  const played_saga& played() const noexcept { return saga_; }

 private:
  void one_input();
  void begin_calls();
  void answer_one();
  void close(engine::attempt_id attempt, bool written);
  void stray_answer();
  void late_answer();
  void any_command();
  void restart();
  void withdraw_one();
  void let_time_pass();
  void refuse_to_send();
  bool finish_round();

  bool give(const engine::input& input);
  engine::operation_id any_operation();
  engine::verdict any_verdict();

  void check_before(const engine::saga& before, const engine::moment& moment);
  void check_releases(const engine::saga& before, const engine::moment& moment);
  void check_turn(const engine::saga& before);
  void check_end();
  void check_wake_up();

  random_source random_;
  std::uint64_t seed_;
  played_saga saga_;
  std::vector<engine::attempt_id> exchanges_;
  std::vector<engine::attempt_id> seen_;
  std::map<std::pair<int, int>, std::uint32_t>
      last_written_;  // by step and side: the newest attempt of which a byte was
  std::vector<std::string> command_ids_;
  std::uint64_t epoch_ = 1;
};

}  // namespace sagad::tests

#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "compensations/barrier/call.hpp"

namespace sagad::participants {

enum class fault_kind : std::uint8_t {
  reject,        ///< the business says no
  fail,          ///< 500 from inside the transaction, after the business ran
  hang,          ///< the request is taken and nothing is done; answered 500 after delay_ms, or never
  late,          ///< the work is done, the answer waits delay_ms
  answer_twice,  ///< the same request is worked on twice, as a resending proxy would have it
  exit,          ///< the process ends between the commit and the answer
};

/// One rule. It strikes with probability `rate`, or the next `next` calls that fit.
struct fault_rule {
  fault_kind kind = fault_kind::fail;
  double rate = 0;
  std::int64_t next = 0;
  std::string step;                      ///< empty: every step
  std::optional<barrier::operation> of;  /// empty: both
  std::optional<std::int64_t> delay_ms;
};

/// What may go wrong on purpose; for demonstrations and tests. Any thread. The same seed and the same order of calls
/// give the same faults.
class fault_switch {
 public:
  static constexpr const char* example =
      R"({"kind": "late", "rate": 0.1, "delay_ms": 500, "step": "escrow", "operation": "action"})";

  explicit fault_switch(std::uint64_t seed) : dice_(seed) {}

  /// One rule or an array of them, as JSON. Throws bad_input.
  void add(std::string_view json);
  void clear();
  /// As JSON: the rules, `next` counted down; how many calls came; how often each kind but exit has happened.
  std::string list() const;
  /// The rule that strikes this call: the first that does.
  std::optional<fault_rule> strike(const barrier::call& on);
  /// What a rule that struck asked for was done. It is not when a call finds its answer in the barrier.
  void happened(fault_kind kind);

 private:
  mutable std::mutex mutex_;
  std::mt19937_64 dice_;
  std::vector<fault_rule> rules_;
  std::int64_t calls_ = 0;
  std::array<std::int64_t, 6> happened_{};
};

}  // namespace sagad::participants

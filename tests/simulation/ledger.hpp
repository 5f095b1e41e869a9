#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/message.hpp"
#include "tests/simulation/world.hpp"

namespace sagad::simulation {

/// What really happened in all participants' businesses: the oracle. An action moves money from an account to a hold,
/// its undo moves that sum back, whether or not there is a hold.
class ledger {
 public:
  struct effect {
    std::string step;
    engine::side side = engine::side::action;
    std::uint32_t generation = 1;
    bool excused = false;  ///< a barrier would have kept it away: it may stay
  };

  /// Notes an effect. Throws violation for what must never happen, whatever else is going on (I1, I2, I3, I10, I11).
  void happen(const request& of);
  /// The same at a participant without a barrier. Excused is what its compensation has overtaken, and of a request
  /// that arrives twice the one, when the other was answered by a rejection.
  void happen_unguarded(const request& of, bool excused);
  /// Who hears of each that is noted and not excused.
  void tell(std::function<void(const request&)> whom) { told_ = std::move(whom); }

  const std::vector<effect>& of(const saga_id& saga) const;
  /// Accounts and holds together: never anything but 0.
  std::int64_t money() const noexcept { return accounts_ + holds_; }

 private:
  void note(const request& of, bool guarded, bool excused);

  std::map<saga_id, std::vector<effect>> effects_;
  std::map<std::pair<saga_id, std::string>, std::int64_t> held_;
  std::int64_t accounts_ = 0;
  std::int64_t holds_ = 0;
  std::function<void(const request&)> told_;
};

}  // namespace sagad::simulation

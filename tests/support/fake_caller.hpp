#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dispatch/caller.hpp"

namespace sagad::tests {

/// The value of a header in complete lines; empty when it is not there.
std::string header_of(std::string_view lines, std::string_view name);

/// A caller that keeps what was begun until the test answers it. Every participant is known, unless forgotten.
class fake_caller final : public dispatch::caller {
 public:
  struct begun {
    dispatch::call call;
    bool held = false;
    /// `hold/action#1`: step, side and attempt.
    std::string name() const;
    bool is_poll() const { return call.method == "GET"; }
  };

  std::optional<dispatch::participant_no> find(std::string_view participant) const override;
  void begin(dispatch::call request) override;
  bool withdraw(std::uint64_t tag) override;
  dispatch::standing look(std::uint64_t tag) const override;
  void start_slowly() override { ++slow_starts_; }

  /// What is under way, in the order in which it was begun.
  const std::vector<begun>& open() const noexcept { return open_; }
  std::vector<std::string> names() const;
  bool has(std::string_view name) const;
  const begun& at(std::string_view name) const;
  /// Takes a call out, for its answer.
  dispatch::call take(std::string_view name);

  std::size_t total() const noexcept { return total_; }
  std::size_t withdrawn() const noexcept { return withdrawn_; }
  std::size_t slow_starts() const noexcept { return slow_starts_; }
  void hold_new(bool hold) noexcept { hold_new_ = hold; }
  void let_go();  ///< what was held is on its way now
  void forget(std::string participant) { forgotten_ = std::move(participant); }

 private:
  std::vector<begun> open_;
  std::string forgotten_;
  std::size_t total_ = 0;
  std::size_t withdrawn_ = 0;
  std::size_t slow_starts_ = 0;
  bool hold_new_ = false;
};

}  // namespace sagad::tests

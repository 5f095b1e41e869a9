#pragma once

#include <map>
#include <memory>

#include "tests/simulation/network.hpp"

namespace sagad::simulation {

/// One life's caller: calls that wait for a slot, connections that are refused, exchanges that time out.
class line final : public dispatch::caller {
 public:
  line(network& through, const machine& on, std::function<void(dispatch::answer)> sink)
      : network_(through), machine_(on), sink_(std::move(sink)) {}

  std::optional<dispatch::participant_no> find(std::string_view participant) const override;
  void begin(dispatch::call call) override;
  bool withdraw(std::uint64_t tag) override;
  dispatch::standing look(std::uint64_t tag) const override;
  void start_slowly() override {}  // what it holds back it holds back by chance
  /// What waits for a slot gets one.
  void let_go();

 private:
  struct exchange {
    request asked;
    std::size_t participant = 0;
    millis timeout_ms = 0;
    bool open = false;  ///< a byte was written
    bool held = false;  ///< waits for a slot
    millis since = 0;
    std::function<bool()> may_go{};
  };

  void connect(std::uint64_t tag);
  void write(std::uint64_t tag);
  void hear(std::uint64_t tag, const std::optional<said>& what);
  void garble(dispatch::answer& answer);
  void fail(std::uint64_t tag, engine::ending how);
  void end(dispatch::answer answer);
  world& in() const noexcept { return network_.world_; }

  /// Runs `what` later, unless this life is over by then; where the machine stands still, when it goes on.
  template <typename What>
  void later(millis delay_ms, What what) {
    in().after(delay_ms, [this, alive = std::weak_ptr<int>(alive_), what = std::move(what)]() mutable {
      if (alive.expired()) return;
      const auto still = machine_.stands_still_until - in().now();
      if (still > 0) return later(still, std::move(what));
      in().acting = machine_.number;
      what();
    });
  }
  bool kept_back(std::uint64_t tag);

  network& network_;
  const machine& machine_;
  std::function<void(dispatch::answer)> sink_;
  std::map<std::uint64_t, exchange> exchanges_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace sagad::simulation

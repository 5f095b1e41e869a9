#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "dispatch/caller.hpp"
#include "dispatch/participant_view.hpp"
#include "dispatch/settings.hpp"

namespace sagad::dispatch {

struct dispatcher_options {
  std::uint32_t reactors = 1;  ///< among which each participant's max_in_flight is shared out
  std::uint32_t reactor = 0;   ///< which of them this is
  /// Now as journal time: for `standing`, views and dates of Retry-After. Empty: the wall clock.
  std::function<millis()> clock{};
};

/// Calls participants over HTTP/1.1: endpoints in turn, a circuit and three queues for each participant, credentials
/// added to what goes over the wire and kept nowhere else. One reactor, one thread; answers come through `sink`, never
/// from within begin or withdraw, and the sink may begin others.
///
/// Never sent, and answered `not_sent` with a detail that says so: a target outside the participant's path prefixes, a
/// header block that is not whole lines.
class dispatcher final : public caller {
 public:
  /// Throws std::invalid_argument with every mistake in the settings, among them a max_in_flight below the number of
  /// reactors: one of them could call nobody.
  dispatcher(boost::asio::io_context& reactor, const std::vector<participant_settings>& participants,
             dispatcher_options options, std::function<void(answer&&)> sink);
  ~dispatcher() override;
  dispatcher(const dispatcher&) = delete;
  dispatcher& operator=(const dispatcher&) = delete;

  std::optional<participant_no> find(std::string_view participant) const override;
  void begin(call request) override;
  bool withdraw(std::uint64_t tag) override;
  dispatch::standing look(std::uint64_t tag) const override;
  void start_slowly() override;

  /// Calls of which a byte may have been written and whose answer is still awaited.
  std::size_t open() const noexcept;
  /// By participant_no.
  std::vector<participant_view> snapshot() const;

 private:
  class machinery;
  std::shared_ptr<machinery> machinery_;
};

}  // namespace sagad::dispatch

#pragma once

#include <boost/asio/io_context.hpp>
#include <list>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "dispatch/dispatcher.hpp"
#include "dispatch/participant.hpp"
#include "http/client.hpp"
#include "http/sweeper.hpp"

namespace sagad::dispatch {

/// What is behind a dispatcher: moves calls between queues, connections and the sink. All judgement is in the pure
/// parts (circuit, lanes, slow_start, balancer). However many calls end at once, one turn of the reactor takes a part.
class dispatcher::machinery final : public http::exchange_sink, public std::enable_shared_from_this<machinery> {
 public:
  machinery(boost::asio::io_context& reactor, const std::vector<participant_settings>& from, dispatcher_options options,
            std::function<void(answer&&)> sink);

  std::optional<participant_no> find(std::string_view name) const;
  void begin(call&& request);
  bool withdraw(std::uint64_t tag);
  standing look(std::uint64_t tag) const;
  void start_slowly();
  std::size_t open() const noexcept { return begun_; }
  std::vector<participant_view> snapshot() const;
  void stop();

  void ended(const http::incoming& what) override;
  bool may_write(std::uint64_t tag) override;

 private:
  using flights = std::unordered_map<std::uint64_t, flight>;

  participant& of(const flight& one) { return *participants_[one.request.participant]; }
  flight& add_flight(std::uint64_t tag);
  void end_flight(flights::iterator which);
  void refuse(std::uint64_t tag, std::string why, bool withheld = false);
  void tell_refused_soon();
  void tell_refused();

  void hold(flight& one, millis now);
  void release(flight& one);
  void start(flight& one, bool probe, millis now);
  bool send(flight& one, millis now);
  void pump(participant& at, millis now);
  void finish(flights::iterator which, const http::incoming& what, millis now);
  bool judge(participant& at, const flight& one, const http::incoming& what, const answer& told, millis now);
  void fill(answer& out, const participant& at, const http::incoming& what) const;

  millis sweep(millis now);
  void expire(participant& at, millis now);
  void expired(participant& at, flight& one, millis now);
  void end_expired(participant& at);
  void end_held(flight& one, std::string why);
  void take_back(flights::iterator which);
  void want_wakeup(const participant& at);
  millis journal_now() const { return options_.clock(); }
  millis as_journal_time(millis steady) const;

  boost::asio::io_context& reactor_;
  dispatcher_options options_;
  std::function<void(answer&&)> sink_;
  std::vector<std::unique_ptr<participant>> participants_;
  std::map<std::string, participant_no, std::less<>> names_;
  flights flights_;
  std::vector<flights::node_type> ended_flights_;  ///< whose memory is for the next ones
  std::size_t begun_ = 0;
  static constexpr std::size_t spare_bytes_max = 64U << 10U;

  std::string spare_body_;     ///< the last answer's: its memory is for the next one
  std::list<answer> refused_;  ///< told from turns of their own
  std::unordered_map<std::uint64_t, std::list<answer>::iterator> refused_at_;
  bool telling_ = false;
  bool stopped_ = false;
  http::sweeper deadlines_;
};

}  // namespace sagad::dispatch

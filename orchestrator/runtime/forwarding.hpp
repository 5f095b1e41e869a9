#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/unique_function.hpp"
#include "journal/ownership.hpp"
#include "runtime/blocking_work.hpp"
#include "runtime/reactor.hpp"
#include "runtime/resident.hpp"

namespace sagad::runtime {

/// The owner's answer, as it is read by `command_answer` and `late_answer_of`.
using forwarded_answer = std::variant<std::string, not_answered_yet, sagad::problem>;

/// What this node hands on to the owners of sagas, and who waits here for their answers. All is called and told on one
/// reactor, its home, but for `answered`; the journal is waited for on a thread beside it.
class forwarding {
 public:
  static constexpr std::size_t waiting_max = 10'000;  ///< past it nothing more is handed on

  /// `patience`: how long an answer is waited for.
  forwarding(journal::shared_store& journal, reactor& home, std::chrono::milliseconds patience);
  forwarding(const forwarding&) = delete;
  forwarding& operator=(const forwarding&) = delete;

  void hand_on(journal::message what, unique_function<void(forwarded_answer)> tell);
  /// Any thread.
  void answered(journal::message_answer answer);
  /// Nothing is handed on any more. From outside the reactors.
  void stop() { posts_.stop(); }

 private:
  using time = std::chrono::steady_clock::time_point;
  struct asker {
    std::uint64_t number = 0;
    bool kept = false;  ///< the journal has the message
    unique_function<void(forwarded_answer)> tell;
  };
  struct patience_of {
    time until;
    std::string id;
    std::uint64_t number = 0;
  };

  void post(const journal::message& what, std::uint64_t number);
  void tell(const std::string& id, std::uint64_t number, forwarded_answer what);
  void look_at_clock();

  journal::shared_store& journal_;
  reactor& home_;
  const std::chrono::milliseconds patience_;
  std::map<std::string, std::vector<asker>> waiting_;  ///< by the message's id
  std::deque<patience_of> until_;                      ///< the earliest first: all are as patient
  std::size_t askers_ = 0;
  std::uint64_t last_ = 0;
  boost::asio::steady_timer timer_;
  bool timing_ = false;
  blocking_work posts_{waiting_max};
};

}  // namespace sagad::runtime

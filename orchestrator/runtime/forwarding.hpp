#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
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

/// Whether what is handed on may share the message of one before it that says the same, and that the journal has not
/// been given yet: the owner has decided nothing of it, and decides once for both.
enum class if_repeated { is_another, may_share };

/// What this node hands on to the owners of sagas, and who waits here for their answers. All is called and told on one
/// reactor, its home, but for `answered`; the journal is waited for on a thread beside it, and what comes meanwhile it
/// is given at once. What nobody waits for any more is not given to it.
class forwarding {
 public:
  static constexpr std::size_t waiting_max = 10'000;  ///< past it nothing more is handed on
  static constexpr std::size_t posted_at_once_max = 1'000;
  static constexpr std::size_t posted_bytes_max = 8U << 20U;  ///< a larger one goes by itself

  /// `patience`: how long an answer is waited for.
  forwarding(journal::shared_store& journal, reactor& home, std::chrono::milliseconds patience);
  forwarding(const forwarding&) = delete;
  forwarding& operator=(const forwarding&) = delete;

  /// Its id ends in `.` and a number of its own.
  void hand_on(journal::message what, if_repeated how, unique_function<void(forwarded_answer)> tell);
  /// Any thread.
  void answered(journal::message_answer answer);
  /// Nothing is handed on any more. From outside the reactors.
  void stop() { posts_.stop(); }

 private:
  using time = std::chrono::steady_clock::time_point;
  struct asker {
    std::uint64_t number = 0;
    unique_function<void(forwarded_answer)> tell;
  };
  struct handed_on {
    std::optional<journal::message> unsent;  ///< the journal has not been given it yet
    bool kept = false;                       ///< the journal has it
    std::vector<asker> askers;
  };
  struct patience_of {
    time until;
    std::string id;
    std::uint64_t number = 0;
  };

  std::optional<std::string> find_unsent(const std::string& id) const;
  void pop_unsent();
  std::vector<journal::message> take_unsent();
  void post_some();
  void post(const std::vector<journal::message>& messages);
  void settle(const std::string& id, const std::optional<journal::refused_message>& refused);
  void tell_all(const std::string& id, const sagad::problem& what);
  void tell(const std::string& id, std::uint64_t number, forwarded_answer what);
  void look_at_clock();

  journal::shared_store& journal_;
  reactor& home_;
  const std::chrono::milliseconds patience_;
  std::map<std::string, handed_on> waiting_;               ///< by the message's id; each has somebody who waits
  std::deque<std::string> unsent_;                         ///< ids in their order; of some nobody waits any more
  std::unordered_map<std::string, std::string> by_words_;  ///< of those that may be shared, their ids
  bool posting_ = false;
  std::deque<patience_of> until_;  ///< the earliest first: all are as patient
  std::size_t askers_ = 0;
  std::uint64_t last_ = 0;
  boost::asio::steady_timer timer_;
  bool timing_ = false;
  blocking_work posts_{1};
};

}  // namespace sagad::runtime

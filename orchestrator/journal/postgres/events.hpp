#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <variant>

#include "journal/ownership.hpp"

namespace sagad::journal::postgres {

/// Tells a listener what becomes of partitions and messages, one after the other on a thread of its own: whoever has
/// something to tell never waits. Thread-safe.
class events {
 public:
  explicit events(ownership_listener& listener);
  ~events() { stop(); }
  events(const events&) = delete;
  events& operator=(const events&) = delete;

  /// What was not told by then is not told any more. Not called from within what is told.
  void stop();

  void taken(taken_partition partition);
  void wanted_back(partition_no partition);
  /// Nothing, when it was not told as taken.
  void lost(partition_no partition);
  /// From here on nothing more is told of it before it is taken again.
  void given_back(partition_no partition);
  void arrived(message message);
  void answered(message_answer answer);
  void definitions_changed();

 private:
  struct wanted {
    partition_no partition = 0;
  };
  struct loss {
    partition_no partition = 0;
  };
  struct other_definitions {};
  using event = std::variant<taken_partition, wanted, loss, message, message_answer, other_definitions>;

  void run();
  void push(event&& one);
  void tell(event&& one);

  ownership_listener& listener_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<event> queue_;
  std::array<bool, partitions> here_{};  ///< told as taken, and not as gone since
  bool ending_ = false;
  std::thread thread_;  ///< last: it begins when all else is there
};

}  // namespace sagad::journal::postgres

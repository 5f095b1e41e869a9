#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "journal/ownership.hpp"
#include "journal/postgres/events.hpp"
#include "journal/postgres/hints.hpp"
#include "journal/postgres/lease.hpp"
#include "journal/postgres/pool.hpp"

namespace sagad::journal::postgres {

inline constexpr std::size_t message_id_bytes_max = 256;
/// Of a message, and of an answer: a body of the largest limit as JSON text, which may double it, and what stands
/// beside it.
inline constexpr std::size_t message_bytes_max = 17U << 20U;

/// What is posted for partitions' owners, and what they answer: rows of a table, looked at by each node. A message is
/// handed on as long as it has no answer, again and again; what makes it be done once is its id in the record.
/// Thread-safe.
class inbox {
 public:
  inbox(const options& settings, pool& connections, const lease& ownership, std::string channel)
      : settings_(settings), pool_(connections), lease_(ownership), channel_(std::move(channel)) {}

  /// As ownership.hpp says; waits for the database.
  std::vector<std::optional<refused_message>> post_all(const std::vector<message>& messages);
  std::optional<posted_message> find(const saga_id& saga, const std::string& beginning);
  /// Only notes it: `look` writes it.
  void answer(const message_answer& answer);

  /// Somebody here waits for an answer.
  bool awaits();

  /// Writes the answers, hands on what there is for `held` and for whoever has posted here, and now and then removes
  /// what was answered long ago: a piece of each, what is left in the next turn. One thread. Throws as a connection
  /// does, with nothing forgotten.
  void look(connection& database, const std::vector<held_partition>& held, events& to);

 private:
  using time = std::chrono::steady_clock::time_point;
  static constexpr std::int64_t removed_at_once_max = 512;
  struct handed {
    partition_no partition = 0;
    std::uint64_t epoch = 0;
    time at;
  };

  std::optional<refused_message> await(const message& message);
  void forget(const std::vector<const message*>& messages);
  void write_answers(connection& database);
  void hand_on(connection& database, const std::vector<held_partition>& held, events& to);
  void tell_answers(connection& database, events& to);
  void remove_old(connection& database);

  const options& settings_;
  pool& pool_;
  const lease& lease_;
  const std::string channel_;
  std::map<std::string, handed> handed_;            ///< by id; the looking thread's
  time remove_at_{};                                ///< what was answered long ago; likewise
  std::int64_t remove_most_ = removed_at_once_max;  ///< of it at once; likewise
  std::mutex mutex_;
  std::map<std::string, time> awaited_;         ///< ids of what was posted here, since when
  std::map<std::string, std::string> answers_;  ///< that are to be written
};

}  // namespace sagad::journal::postgres

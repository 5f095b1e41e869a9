#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compensations/barrier/call.hpp"
#include "compensations/barrier/connection.hpp"
#include "participants/sdk/http_message.hpp"

namespace sagad::participants {

/// Work that was answered 202: the call as it came, to be run when it is due.
struct late_job {
  barrier::call of;
  http_request asked;  ///< method, target and body
  std::string callback;
  std::int64_t due_at_ms = 0;
  std::int64_t tries = 0;
};

/// A late answer on its way to the coordinator.
struct late_letter {
  std::int64_t seq = 0;
  std::string url;
  std::string outcome;
  std::string body;
  std::int64_t tries = 0;
  std::int64_t next_at_ms = 0;
  /// Since when the place that it is sent to has refused it without a break.
  std::optional<std::int64_t> refused_at_ms;
};

/// Host and port, with the scheme: who does not answer one letter will not answer the next.
std::string place_of(const std::string& url);

/// The tables `late_job` and `late_letter`; a restart finds in them what is still to be done. Beside them
/// `late_letter_given_up`: what could not be told. In the caller's transaction.
class late_store {
 public:
  explicit late_store(barrier::connection& db) : db_(db) {}
  static void create(barrier::connection& db);

  /// Takes the place of an older generation's.
  void add(const late_job& job);
  void remove(const late_job& job);
  void postpone(const late_job& job, std::int64_t due_at_ms);
  std::vector<late_job> due_jobs(std::int64_t now_ms, std::int64_t rows_max);
  /// Makes all of them due: answers how many.
  std::int64_t release_jobs(std::int64_t now_ms);

  void send(const std::string& url, std::string_view outcome, const std::string& body, std::int64_t now_ms);
  void delivered(const late_letter& letter);
  /// Keeps `letter.refused_at_ms` too.
  void postpone(const late_letter& letter, std::int64_t next_at_ms);
  /// `status`: the last answer's.
  void give_up(const late_letter& letter, int status, std::int64_t now_ms);
  void forget_given_up(std::int64_t before_ms);
  /// What is on its way already.
  struct outgoing {
    std::function<std::size_t(const std::string& place)> room;  ///< for how many more
    std::function<bool(std::int64_t seq)> under_way;
    std::size_t count = 0;  ///< of those under way
  };
  /// Those that are due, by their times; to each place as many as there is room for. Of a place no more are looked at
  /// than those, and what is under way.
  std::vector<late_letter> due_letters(std::int64_t now_ms, std::size_t rows_max, const outgoing& so_far);
  /// What it asks first, of an index alone. All places, with one look for each; and what is due of one of them.
  static constexpr const char* select_places =
      "WITH RECURSIVE one(place) AS (SELECT min(place) FROM late_letter UNION ALL "
      "SELECT (SELECT min(place) FROM late_letter WHERE place > one.place) FROM one WHERE one.place IS NOT NULL) "
      "SELECT place FROM one WHERE place IS NOT NULL";
  static constexpr const char* select_due_of_a_place =
      "SELECT seq, next_at FROM late_letter WHERE place = ? AND next_at <= ? ORDER BY next_at LIMIT ?";

  std::optional<std::int64_t> next_job_at_ms();
  /// Of those that are not due yet.
  std::optional<std::int64_t> next_letter_after_ms(std::int64_t now_ms);

 private:
  std::vector<std::string> places();
  late_letter letter(std::int64_t seq);

  barrier::connection& db_;
};

}  // namespace sagad::participants

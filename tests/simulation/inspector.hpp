#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "engine/engine.hpp"
#include "journal/journal.hpp"
#include "runtime/callback_token.hpp"
#include "runtime/core.hpp"
#include "tests/simulation/archive_shelf.hpp"
#include "tests/simulation/budgets.hpp"
#include "tests/simulation/definition_history.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/message.hpp"

namespace sagad::simulation {

/// A saga as its durable records alone make it, and what the outside was told of it.
struct witnessed {
  engine::saga saga;
  bool touched = false;  ///< a person decided what happened: I1-I3 say nothing of it
  std::uint32_t told_seq = 0;
  std::string told_outcome;
  std::uint64_t epoch = 0;  ///< of whoever wrote its newest record
  simulation::budgets budgets;
  std::set<std::tuple<step_no, engine::side, std::uint32_t>> written;  ///< attempts of which a byte was written
};

/// Over records, in order.
struct fingerprint {
  std::uint64_t value = 14695981039346656037U;

  void mix(std::string_view bytes) noexcept {
    for (const char byte : bytes) value = (value ^ static_cast<unsigned char>(byte)) * 1099511628211U;
  }
  friend bool operator==(const fingerprint&, const fingerprint&) noexcept = default;
};

/// Replays every record as soon as it is durable, and holds against that whatever leaves the coordinator: calls, bytes,
/// answers. Throws violation at once.
class inspector {
 public:
  using find_definition = std::function<definition::definition_ptr(const digest& content)>;

  inspector(world& in, const ledger& books, find_definition find) : world_(in), books_(books), find_(std::move(find)) {}

  /// Somebody owns all partitions from now on, under this epoch (I9), and this is what it takes for the time.
  void begin_life(std::uint64_t epoch, millis time);
  /// Of several nodes one has taken this partition (I9).
  void taken(partition_no partition, std::uint64_t epoch);
  /// Its owner says that nothing of it is under way any more: it calls nothing until it is taken again (I9).
  void given_back(partition_no partition) { left_.insert(partition); }
  /// So far ahead of the journal's time is that which a node of several takes for it.
  void takes_for_the_time(unsigned node, millis ahead_ms) {
    if (node >= node_ahead_ms_.size()) node_ahead_ms_.resize(node + 1);
    node_ahead_ms_[node] = ahead_ms;
    most_ahead_ms_ = std::max(most_ahead_ms_, ahead_ms);
  }
  /// The time of whoever lives now; among several nodes, of the one whose code runs.
  millis now() const noexcept {
    const bool one_of_several = world_.acting < node_ahead_ms_.size();
    return world_.now() + ahead_ms_ + (one_of_several ? node_ahead_ms_[world_.acting] : 0);
  }
  /// The latest time that anybody has lived at: the next life may begin before it.
  millis latest() const noexcept { return std::max(latest_before_, world_.now() + ahead_ms_ + most_ahead_ms_); }
  /// A partition is another's from this position on: until the next life nothing more of it is recorded, and once the
  /// core was told, nothing called (I9).
  void lose(partition_no partition, journal::position from) { lost_.emplace(partition, from); }
  /// What has become of records was told to the core.
  void core_was_told() {
    for (const auto& [partition, from] : lost_) left_.insert(partition);
  }

  /// A record that has become durable, in order.
  void take(const journal::stored_record& stored);
  /// I5: a call begins, or a poll.
  void begins(const request& of, millis timeout_ms);
  /// Its first byte is written. No attempt's number goes out twice.
  void writes(const request& of);
  /// Its owner under that epoch is told that nobody knows what is written of it: until that is known nothing of it may
  /// be called.
  void freeze(partition_no partition, std::uint64_t epoch) {
    if (epochs_.at(partition) == epoch) frozen_.insert(partition);
  }
  void thaw(partition_no partition) { frozen_.erase(partition); }
  void thaw_all() { frozen_.clear(); }
  /// A participant's answer said when it wants to be asked again.
  void asked_to_wait(const request& of, millis wait_ms);
  /// I9: an operation takes effect.
  void takes_effect(const request& of) const;
  /// I4: a late answer is acknowledged. `awaited`: the attempt that had been accepted when it came; 0: none.
  void acknowledged(const runtime::callback_target& of, engine::outcome outcome, std::uint32_t awaited) const;
  /// A client is told of a saga (I4). `asked_at`: what he asked for was on its way between nodes; since he asked, when
  /// the newest that anybody had been told was this record, others may have been told of newer ones.
  void told(const runtime::saga_answer& answer, std::optional<std::uint32_t> asked_at = std::nullopt);
  std::uint32_t newest_told(const saga_id& saga) const;
  /// I8, I12: what is in memory is what the records say, for the sagas that had records since the last time.
  void compare(const runtime::core& with);
  /// The same with each node that is an owner, and then `compared`.
  void compare_owned(const runtime::core& with) const;
  void compared() { changed_.clear(); }

  /// Histories of definitions of these names are kept longer than others.
  void keep_longer(std::map<std::string, millis> by_name) { longer_ = std::move(by_name); }
  /// What was put there, where several nodes put it.
  void read_in(const definition_history& definitions) { history_ = &definitions; }
  /// What is gone from the journal is on it.
  void archive_on(const archive_shelf& shelf) { shelf_ = &shelf; }
  definition::definition_ptr definition_of(const digest& content) const { return find_(content); }
  /// Whether its history may have been freed by now: it is over, and was for as long as it is kept.
  bool may_be_gone(const saga_id& id, millis history) const;
  /// I4: all that was durable and is not past its retention is in the journal, and is found by every way there is.
  /// `opened_now`: also what it says that is live, which it says of when it was opened. Throws what the journal does.
  void hold_against(journal::store& kept, bool opened_now = true) const;
  /// No more than so many of the newest records are missing in the journal.
  void hold_all_but(std::uint64_t newest, journal::store& kept) const;

  std::map<saga_id, witnessed>& sagas() noexcept { return sagas_; }
  const witnessed* find(const saga_id& id) const;
  std::size_t live() const noexcept { return live_; }
  std::uint64_t hash() const noexcept { return hash_.value; }
  std::uint64_t records() const noexcept { return records_.size(); }

 private:
  struct written {
    saga_id saga;
    std::uint32_t seq = 0;
    fingerprint content;
    friend bool operator==(const written&, const written&) noexcept = default;
  };
  static written written_by(const journal::stored_record& stored);
  std::size_t scan_all(journal::store& kept) const;
  void hold_histories_against(journal::store& kept, bool opened_now) const;
  void hold_archived(const saga_id& id, const std::vector<written>& known) const;
  void begin_saga(witnessed& of, const journal::stored_record& stored, const engine::record& record);
  void compare_one(const runtime::core& with, const saga_id& id) const;
  std::uint64_t epoch_of(const saga_id& saga) const { return epochs_.at(saga.partition()); }
  void check_owner(const journal::stored_record& stored, const engine::record& record) const;
  void judge(witnessed& of, const engine::event& event) const;
  template <typename Text>
  void check_order(const witnessed& of, step_no step, engine::side side, const Text& call) const;

  world& world_;
  const ledger& books_;
  find_definition find_;
  std::map<saga_id, witnessed> sagas_;
  std::map<partition_no, journal::position> positions_;
  std::set<saga_id> changed_;
  std::map<std::string, saga_id> keys_;
  std::map<std::string, millis> longer_;  ///< by the names of definitions
  const archive_shelf* shelf_ = nullptr;
  const definition_history* history_ = nullptr;
  std::set<partition_no> frozen_;
  std::map<partition_no, journal::position> lost_;
  std::set<partition_no> left_;  ///< of these the core knows it
  std::array<std::uint64_t, partitions> epochs_{};
  millis latest_before_ = 0;
  millis ahead_ms_ = 0;  ///< the coordinator's time, of the world's
  std::vector<millis> node_ahead_ms_;
  millis most_ahead_ms_ = 0;
  std::size_t live_ = 0;
  std::vector<written> records_;  ///< in order
  fingerprint hash_;
};

}  // namespace sagad::simulation

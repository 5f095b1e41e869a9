#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "journal/log/frame_writer.hpp"
#include "journal/log/live_set.hpp"
#include "journal/log/options.hpp"
#include "journal/log/preparer.hpp"
#include "journal/log/saga_demand.hpp"

namespace sagad::journal::log {

/// What is there to write into, and what of it is owed to live sagas. The committing thread asks; counters may be read
/// by any.
class room {
 public:
  room(const options& settings, preparer& source, frame_writer& writer, live_set& live, saga_demand& demand)
      : settings_(settings), preparer_(source), writer_(writer), live_(live), demand_(demand) {}

  std::uint64_t prepared_bytes() const noexcept { return writer_.remainder_bytes() + preparer_.ready_bytes(); }
  std::uint64_t owed_bytes() const noexcept { return settings_.reserve_bytes + demand_.bytes_a_saga() * live_.size(); }

  /// Whether a start may take `record_bytes` behind `frame_bytes` that are taken already by `starts` others: room for
  /// itself and for what it will be owed. Waits until the file system was asked, if it is not known to be full.
  bool admits(std::uint64_t record_bytes, std::uint64_t frame_bytes, std::uint64_t starts) {
    const auto owed = owed_bytes() + demand_.bytes_a_saga() * (starts + 1);
    const auto remainder = writer_.remainder_bytes();
    const auto wanted = owed + frame_bytes + record_bytes;
    const auto alone = frame_header_bytes + record_bytes;
    const auto contiguous = alone > settings_.segment_bytes && alone > remainder ? alone : 0;
    bool enough = contiguous == 0 && remainder + preparer_.ready_bytes() >= wanted;
    if (!enough) enough = preparer_.ensure(wanted > remainder ? wanted - remainder : 0, contiguous);
    refused_.store(!enough, relaxed);
    if (!enough) told_full_until_.store((settings_.now() + settings_.full_told_for).time_since_epoch(), relaxed);
    return enough;
  }

  /// Whether `bytes` of so many records can be written with nobody waiting for room, whatever they are: into this
  /// segment, without touching what is owed. Any thread, but nobody may be writing.
  bool at_hand(std::uint64_t bytes, std::uint64_t records) const noexcept {
    return bytes <= writer_.remainder_bytes() && spares(bytes + settings_.reserve_bytes_per_saga * records);
  }

  /// What copies may be written into. `owed`: into what is owed to live sagas too, because a segment is given back for
  /// it, but only into half of the fixed part. `spare`: into what is owed to nobody.
  enum class claim { owed, spare };

  /// Whether a frame of copies may be written now. Waits until the file system was asked, if it is not known to be
  /// full.
  bool carries(std::uint64_t bytes, claim on) {
    const auto wanted = (on == claim::spare ? owed_bytes() : settings_.reserve_bytes / 2) + bytes;
    const auto remainder = writer_.remainder_bytes();
    if (remainder >= wanted) return true;
    return preparer_.ensure(wanted - remainder, bytes > remainder ? bytes : 0);
  }

  /// Whether something that can wait may take `bytes` without touching what is owed.
  bool spares(std::uint64_t bytes) const noexcept { return prepared_bytes() >= owed_bytes() + bytes; }

  /// A record was written: what a live saga is owed follows what sagas write.
  void observe(const record_view& record) noexcept { demand_.add(record.seq == 1, record.final, record.size); }
  std::uint64_t bytes_a_saga() const noexcept { return demand_.bytes_a_saga(); }

  /// The preparer hears what is left, after each commit.
  void tell() { preparer_.tell(writer_.remainder_bytes(), owed_bytes()); }

  /// Even what is live waits.
  bool waited_for() const noexcept { return preparer_.starved(); }

  /// A start was refused not long ago, whatever smaller one was taken since; or the last one was, and the disk has had
  /// no room since.
  bool full() const {
    if (refused_.load(relaxed) && preparer_.blocked()) return true;
    const auto until = told_full_until_.load(relaxed);
    return until.count() != 0 && settings_.now().time_since_epoch() < until;
  }

 private:
  static constexpr auto relaxed = std::memory_order_relaxed;

  const options& settings_;
  preparer& preparer_;
  frame_writer& writer_;
  live_set& live_;
  saga_demand& demand_;
  std::atomic<bool> refused_ = false;
  std::atomic<std::chrono::steady_clock::duration> told_full_until_{};  ///< 0: no start was refused
};

}  // namespace sagad::journal::log

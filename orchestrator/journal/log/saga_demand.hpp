#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace sagad::journal::log {

/// What a saga writes behind its start, from what sagas have written lately: the bytes of a record times the records of
/// a saga, and as much again, because what runs now may be the larger half. One thread adds; any may ask.
class saga_demand {
 public:
  /// Never less than `floor_bytes`, which stands as long as nothing is known. `found_before` is what an earlier process
  /// had come to; 0: that is not known. It counts like a few sagas.
  saga_demand(std::uint64_t floor_bytes, std::uint64_t found_before) : floor_bytes_(floor_bytes) {
    if (found_before > floor_bytes) {
      ends_ = 16;
      records_ = 4 * ends_;
      bytes_ = found_before * records_ / (2 * records_a_saga());
    }
    bytes_a_saga_ = bounded(found_before);
  }

  void add(bool start, bool final, std::uint64_t bytes) noexcept {
    if (start) return;
    bytes_ += bytes;
    ++records_;
    if (final) ++ends_;
    if (records_ == window_records) {
      // What is older counts half, and so on.
      bytes_ /= 2;
      records_ /= 2;
      ends_ /= 2;
    }
    bytes_a_saga_.store(bounded(2 * bytes_ / records_ * records_a_saga()), std::memory_order_relaxed);
  }

  std::uint64_t bytes_a_saga() const noexcept { return bytes_a_saga_.load(std::memory_order_relaxed); }

  static constexpr std::uint64_t bytes_a_saga_max = 512U << 10U;

 private:
  static constexpr std::uint64_t window_records = 4096;
  static constexpr std::uint64_t records_a_saga_usual = 8;
  static constexpr std::uint64_t records_a_saga_max = 64;

  std::uint64_t records_a_saga() const noexcept {
    return ends_ == 0 ? records_a_saga_usual : std::min(records_ / ends_ + 1, records_a_saga_max);
  }
  std::uint64_t bounded(std::uint64_t bytes) const noexcept {
    return std::clamp(bytes, floor_bytes_, std::max(floor_bytes_, bytes_a_saga_max));
  }

  std::uint64_t floor_bytes_;
  std::uint64_t bytes_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t ends_ = 0;
  std::atomic<std::uint64_t> bytes_a_saga_;
};

}  // namespace sagad::journal::log

#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/journal.hpp"
#include "journal/ownership.hpp"

/// What every journal must do, whichever way it keeps its records: the tests of contract_*_test.cpp run over each
/// subject.
namespace sagad::journal::tests {

/// A journal under test that can be closed and opened again.
class subject {
 public:
  virtual ~subject() = default;
  virtual journal::store& store() = 0;
  /// What its owner begins with.
  virtual std::uint64_t epoch(partition_no) { return store().opened().epoch; }
  virtual std::vector<live_saga> live() { return store().live(); }
  virtual void reopen() = 0;
  /// As `reopen`, with everything lost that can be rebuilt from the records.
  virtual void reopen_without_index() = 0;
  /// The room ends soon, or there is plenty again.
  virtual void make_room_scarce(bool scarce) = 0;
};

struct subject_kind {
  std::string name;
  std::function<std::unique_ptr<subject>()> make;
};

std::vector<subject_kind> subjects();

/// What the subjects keep, and when their first records are.
inline constexpr retention kept{10'000, 30'000};
inline constexpr millis first_time = 1'700'000'000'000;

/// A saga id from a number; ids made from rising numbers rise.
saga_id saga(std::uint64_t number, partition_no partition = 0);

/// Bytes that no packing makes fewer, not beside those of another seed either; the same each time.
std::string incompressible(std::size_t bytes, std::uint64_t seed = 1);

/// Throws also when it was not kept: std::length_error when it is too large, else std::runtime_error.
void post_one(shared_store& to, const message& what);

/// An entry at its partition's next position. `bytes` must outlive the append.
entry next_entry(std::uint64_t epoch, std::vector<position>& positions, const saga_id& of, std::uint32_t seq,
                 std::string_view bytes);

/// A name for a start, its digests taken from two texts.
struct named_start {
  named_start(std::string text, std::string request, std::string canonical);
  named_start(const named_start&) = delete;
  named_start& operator=(const named_start&) = delete;

  std::string text;
  start_key key;
};

/// An appender and its thread's wait for what it appended. Fails the test when nothing settles in time.
class lane {
 public:
  explicit lane(journal::store& store);

  journal::appender& appender() { return *appender_; }
  /// Submits, waits until `upto` is settled, returns the exceptions told since the last wait.
  std::vector<exception> commit(ticket upto, bool may_commit_here = true);
  std::vector<exception> wait(ticket upto);

 private:
  std::mutex mutex_;
  std::condition_variable woken_;
  std::uint64_t wakes_ = 0;
  std::unique_ptr<journal::appender> appender_;
};

/// The fixture: one subject, positions counted as an owner would.
class contract : public testing::TestWithParam<subject_kind> {
 protected:
  void SetUp() override;

  journal::store& store() { return subject_->store(); }
  void reopen(bool with_index = true);

  /// An entry at its partition's next position. `bytes` must outlive the append.
  entry make(const saga_id& of, std::uint32_t seq, std::string_view bytes = "bytes");
  /// Appends one entry by itself and waits; the result it settled with.
  exception put(const entry& entry);
  exception start(const saga_id& of, const named_start& name);

  std::unique_ptr<subject> subject_;
  millis time_ = first_time;  ///< of the next entries
  std::vector<position> positions_;
};

std::string subject_name(const testing::TestParamInfo<subject_kind>& info);

}  // namespace sagad::journal::tests

#include "journal/log/preparer.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/probe.hpp"
#include "journal/log/fatal.hpp"
#include "journal/log/segments.hpp"
#include "journal/no_room.hpp"
#include "telemetry/log.hpp"

namespace sagad::journal::log {
namespace {

constexpr std::uint64_t zero_step_bytes = 256U << 10U;
// So zeros take a part of what the disk can do, and come twice as fast as a log is ever written.
constexpr std::chrono::milliseconds rest_after_zeros{8};

constexpr std::chrono::minutes told_again_after{1};

}  // namespace

int make_segment(files& files, const std::string& directory, std::uint64_t sequence, std::uint64_t bytes,
                 std::unique_ptr<file>& made) {
  const auto path = directory + "/" + segment_name(sequence);
  const auto unfinished = path + ".new";
  std::unique_ptr<file> fresh;
  int error = files.open(unfinished, true, fresh);
  if (error != 0) return error;
  error = fresh->resize(0);
  if (error == 0) error = fresh->allocate(bytes);
  if (error == 0) error = fresh->sync();
  if (error == 0) error = files.rename(unfinished, path);
  if (error != 0) {
    fresh.reset();
    // What cannot be removed now is removed at the next attempt or opening.
    static_cast<void>(files.remove(unfinished));
    return error;
  }
  error = files.sync_directory(directory);
  if (error == 0) made = std::move(fresh);
  return error;
}

int write_zeros(file& file, std::uint64_t at, std::uint64_t bytes) {
  static const std::string zeros(zero_step_bytes, '\0');
  for (const auto end = at + bytes; at < end; at += zero_step_bytes) {
    const auto step = std::min(zero_step_bytes, end - at);
    if (const int error = file.write(at, std::string_view(zeros).substr(0, step)); error != 0) return error;
    // Each step by itself: a commit meanwhile must not wait behind a whole segment.
    if (const int error = file.push(at, step); error != 0) return error;
  }
  return 0;
}

preparer::preparer(const options& settings, std::shared_ptr<files> files, std::deque<prepared_segment> ready,
                   std::uint64_t next)
    : settings_(settings),
      files_(std::move(files)),
      changed_(settings.threads->make_condition()),
      done_(settings.threads->make_condition()),
      next_(next) {
  for (auto& segment : ready) {
    ready_bytes_ += segment.bytes;
    ready_.push_back({std::move(segment), 0});
  }
  thread_ = settings.threads->start(threads::priority::low, [this] { run(); });
}

preparer::~preparer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_->notify_all();
  thread_->join();
}

bool preparer::lend() {
  std::unique_lock lock(mutex_);
  done_->wait(lock, [&] { return !preparing_; });
  if (ready_.empty() || (ready_.size() == 1 && front_busy_)) return false;
  lent_ = true;
  done_->notify_all();  // whoever ensures room is not to wait for it now
  auto last = std::move(ready_.back().segment);
  ready_.pop_back();
  ready_bytes_ -= last.bytes;
  --next_;
  last.file.reset();
  const auto path = settings_.directory + "/" + segment_name(last.sequence);
  if (const int error = files_->remove(path); error != 0) fatal("cannot remove " + path + ": " + error_text(error));
  return true;
}

void preparer::take_back() {
  {
    const std::lock_guard lock(mutex_);
    lent_ = false;
  }
  changed_->notify_one();
}

void preparer::abandon() {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  done_->notify_all();
}

void preparer::tell(std::uint64_t remainder_bytes, std::uint64_t owed_bytes) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    remainder_bytes_ = remainder_bytes;
    owed_bytes_ = owed_bytes;
    wake = wants_segment();
  }
  if (wake) changed_->notify_one();
}

bool preparer::wants_segment() const {
  if (lent_) return false;
  if (ready_.empty()) return true;
  const auto ready = ready_bytes_.load(std::memory_order_relaxed);
  return ready + remainder_bytes_ < owed_bytes_ + settings_.segment_bytes || ready < wanted_bytes_;
}

bool preparer::front_too_small() const {
  return !ready_.empty() && ready_.front().segment.bytes < contiguous_bytes_;
}

bool preparer::ensure(std::uint64_t room_bytes, std::uint64_t contiguous_bytes) {
  std::unique_lock lock(mutex_);
  wanted_bytes_ = room_bytes;
  contiguous_bytes_ = contiguous_bytes;
  const auto satisfied = [&] {
    return ready_bytes_.load(std::memory_order_relaxed) >= room_bytes && !ready_.empty() && !front_too_small();
  };
  // While the disk is known to be full, the next retry decides and nobody waits for it; nor for room that was lent:
  // whoever has it may wait for the turn of the one that asks here.
  while (!satisfied() && !blocked_ && !lent_) {
    const auto seen = attempts_;
    changed_->notify_one();
    done_->wait(lock, [&] { return attempts_ != seen || satisfied() || lent_; });
  }
  const bool enough = satisfied();
  wanted_bytes_ = 0;
  contiguous_bytes_ = 0;
  return enough;
}

prepared_segment preparer::take(std::uint64_t bytes) {
  std::unique_lock lock(mutex_);
  contiguous_bytes_ = bytes;
  const auto ready = [&] { return !ready_.empty() && !front_too_small() && !front_busy_; };
  if (!ready()) {
    SAGAD_PROBE("the writer waits for a segment");
    awaited_ = ready_.empty() || front_too_small();
    changed_->notify_one();
    done_->wait(lock, [&] { return ready() || (abandoned_ && blocked_); });
    awaited_ = false;
    if (!ready()) throw no_room_at_close{};
  }
  contiguous_bytes_ = 0;
  auto segment = std::move(ready_.front().segment);
  ready_.pop_front();
  ready_bytes_ -= segment.bytes;
  remainder_bytes_ = segment.bytes;
  lock.unlock();
  changed_->notify_one();
  return segment;
}

void preparer::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const bool lacking = wants_segment() || front_too_small();
    if (lacking && blocked_) {
      // Whoever waits for room has said so before; a notification must not make a full disk be asked more often.
      const auto until = asked_at_ + settings_.room_retry;
      while (!stop_ && settings_.now() < until) changed_->wait_until(lock, changed_->now() + (until - settings_.now()));
      if (stop_) break;
    }
    // Before the attempt: what it finds can be known elsewhere before this thread goes on.
    asked_at_ = settings_.now();
    if (front_too_small()) {
      enlarge_front(lock);
    } else if (wants_segment()) {
      prepare_segment(lock);
    } else if (!ready_.empty() && ready_.front().zeroed_bytes < ready_.front().segment.bytes) {
      zero_front(lock);
    } else {
      blocked_ = false;
      changed_->wait(lock);
    }
  }
}

void preparer::attempted(int error) {
  ++attempts_;
  if (error != 0 && !is_no_room(error)) {
    fatal("a segment cannot be prepared in " + settings_.directory + ": " + error_text(error));
  }
  if (error != 0) SAGAD_PROBE("no segment can be prepared");
  blocked_ = error != 0;
  const auto now = std::chrono::steady_clock::now();
  if (error != 0 && now >= tell_again_at_) {
    tell_again_at_ = now + told_again_after;
    sagad::log::warn("journal: no segment can be prepared in " + settings_.directory + ": " + error_text(error) +
                     "; it is tried again, and starts are refused when what is prepared is owed to sagas under way");
  }
  done_->notify_all();
}

void preparer::prepare_segment(std::unique_lock<std::mutex>& lock) {
  const auto sequence = next_;
  const auto bytes = std::max(settings_.segment_bytes, ready_.empty() ? contiguous_bytes_ : 0);
  preparing_ = true;
  lock.unlock();
  std::unique_ptr<file> made;
  const int error = make_segment(*files_, settings_.directory, sequence, bytes, made);
  lock.lock();
  preparing_ = false;
  if (error == 0) {
    ++next_;
    ready_.push_back({{sequence, std::move(made), bytes}, 0});
    ready_bytes_ += bytes;
  }
  attempted(error);
}

void preparer::enlarge_front(std::unique_lock<std::mutex>& lock) {
  SAGAD_PROBE("a prepared segment is too small");
  front_busy_ = true;
  auto& front = ready_.front().segment;
  const auto bytes = contiguous_bytes_;
  lock.unlock();
  int error = front.file->allocate(bytes);
  if (error != 0) {
    // A part of the room may have been taken: it is given back.
    static_cast<void>(front.file->resize(front.bytes));
  } else {
    error = front.file->sync();
  }
  lock.lock();
  if (error == 0) {
    ready_bytes_ += bytes - front.bytes;
    front.bytes = bytes;
  }
  front_busy_ = false;
  attempted(error);
}

void preparer::zero_front(std::unique_lock<std::mutex>& lock) {
  front_busy_ = true;
  auto& front = ready_.front();
  const auto at = front.zeroed_bytes;
  const auto step = std::min(zero_step_bytes, front.segment.bytes - at);
  lock.unlock();
  int error = write_zeros(*front.segment.file, at, step);
  if (error == 0 && at + step == front.segment.bytes) error = front.segment.file->sync();
  lock.lock();
  front.zeroed_bytes = at + step;
  front_busy_ = false;
  attempted(error);
  // The writer may take it as it is.
  changed_->wait_for(lock, rest_after_zeros, [&] { return stop_ || awaited_ || wants_segment() || front_too_small(); });
}

}  // namespace sagad::journal::log

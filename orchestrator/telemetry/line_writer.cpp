#include "telemetry/line_writer.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace sagad::log {
namespace {

using std::chrono::steady_clock;
constexpr std::chrono::milliseconds one_try{100};

// A pipe that is ready takes so many bytes without making anybody wait.
constexpr std::size_t piece_bytes = PIPE_BUF;

bool ready(int descriptor, steady_clock::time_point end) noexcept {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - steady_clock::now());
  pollfd one{descriptor, POLLOUT, 0};
  return ::poll(&one, 1, static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0))) > 0;
}

}  // namespace

line_writer::line_writer(int descriptor, std::size_t bytes_max)
    : descriptor_(descriptor), bytes_max_(bytes_max), thread_([this] { run(); }) {}

line_writer::~line_writer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
  flush();
}

void line_writer::add(std::string line) {
  {
    const std::lock_guard lock(mutex_);
    waiting_bytes_ += line.size();
    waiting_.push_back(std::move(line));
    while (waiting_bytes_ > bytes_max_ && waiting_.size() > 1) {
      waiting_bytes_ -= waiting_.front().size();
      waiting_.pop_front();
      ++untold_;
      ++dropped_;
    }
  }
  changed_.notify_one();
}

/// Makes the next line the current one; false when there is none.
bool line_writer::next() {
  const std::lock_guard lock(mutex_);
  if (untold_ != 0) {
    current_ = std::to_string(std::exchange(untold_, 0)) + " lines of the log were dropped here: nobody read them\n";
    return true;
  }
  if (waiting_.empty()) return false;
  current_ = std::move(waiting_.front());
  waiting_.pop_front();
  waiting_bytes_ -= current_.size();
  return true;
}

/// Everything, as far as it is taken until then. By who set `writing_`.
bool line_writer::write_until(time_point end) {
  for (;;) {
    if (current_.empty() && !next()) return true;
    if (!ready(descriptor_, end)) return false;
    const auto written = ::write(descriptor_, current_.data(), std::min(current_.size(), piece_bytes));
    if (written >= 0) {
      current_.erase(0, static_cast<std::size_t>(written));
    } else if (errno != EINTR && errno != EAGAIN) {
      current_.clear();  // there is no reader any more
      ++dropped_;
    }
  }
}

bool line_writer::flush(std::chrono::milliseconds bound) noexcept {
  const auto end = steady_clock::now() + bound;
  std::unique_lock lock(mutex_);
  flushing_ = true;
  bool all = false;
  if (written_.wait_until(lock, end, [&] { return !writing_; })) all = write_unlocked(lock, end);
  flushing_ = false;
  lock.unlock();
  changed_.notify_one();
  return all;
}

/// `write_until`, as the one who writes, without the lock meanwhile.
bool line_writer::write_unlocked(std::unique_lock<std::mutex>& lock, time_point end) {
  writing_ = true;
  lock.unlock();
  const bool all = write_until(end);
  lock.lock();
  writing_ = false;
  written_.notify_all();
  return all;
}

void line_writer::run() {
  std::unique_lock lock(mutex_);
  bool all = true;
  for (;;) {
    changed_.wait(lock, [&] { return stop_ || ((!all || !waiting_.empty()) && !flushing_ && !writing_); });
    if (stop_) return;
    all = write_unlocked(lock, steady_clock::now() + one_try);
  }
}

}  // namespace sagad::log

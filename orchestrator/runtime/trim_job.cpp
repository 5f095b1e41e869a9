#include "runtime/trim_job.hpp"

#include <pthread.h>

#include <algorithm>
#include <ctime>
#include <exception>

#include "journal/give_way.hpp"
#include "telemetry/log.hpp"

namespace sagad::runtime {
namespace {

// As the journal's own threads that nobody waits for.
constexpr int steps_below = 10;

// Of this thread.
std::chrono::nanoseconds processor_time() {
  timespec used{};
  static_cast<void>(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used));
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace

trim_job::trim_job(journal::store& store, const clock& time, std::chrono::milliseconds every)
    : store_(store), time_(time), every_(every) {}

trim_job::~trim_job() {
  stop();
}

void trim_job::begin() {
  doubt_clock();
  thread_ = std::thread([this] { run(); });
}

void trim_job::doubt_clock() {
  const auto newest = store_.opened().last_time;
  const auto ahead = time_.now() - newest;
  if (newest == 0 || ahead <= ahead_max) return;
  begin_at_ = time_.now() + doubted_for;
  log::warn("the clock is " + std::to_string(ahead / ahead_max) +
            " days ahead of the journal's newest record: if that is not so, set it now and restart; what is past its "
            "retention by it is freed in an hour");
}

void trim_job::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void trim_job::run() {
  journal::give_way(steps_below);
  static_cast<void>(pthread_setname_np(pthread_self(), "trim"));
  std::unique_lock lock(mutex_);
  while (!stop_) {
    lock.unlock();
    const auto begun = processor_time();
    const bool more = trim_a_piece();
    const std::chrono::nanoseconds rest = more ? rest_after(processor_time() - begun) : every_;
    lock.lock();
    changed_.wait_for(lock, rest, [this] { return stop_; });
  }
}

// The journal should not grow while it is trimmed. What a database took counts as if it had worked here: perhaps it
// did.
std::chrono::nanoseconds trim_job::rest_after(std::chrono::nanoseconds worked) {
  const auto measured = store_.measured();
  worked += std::chrono::nanoseconds(measured.freeing_ns - freeing_ns_);
  freeing_ns_ = measured.freeing_ns;
  if (measured.segments_freed != segments_freed_) {
    pace_.done(measured.kept_bytes, std::chrono::milliseconds(time_.now()));
  }
  segments_freed_ = measured.segments_freed;
  return measured.full ? std::chrono::nanoseconds(0) : pace_.rest_after(worked);
}

bool trim_job::trim_a_piece() {
  const auto now = time_.now();
  if (now < begin_at_) return false;
  try {
    const bool more = store_.trim(std::min(now, time_.wall()));
    told_.clear();
    return more;
  } catch (const std::exception& error) {
    tell(error.what());
    return false;
  }
}

void trim_job::tell(const std::string& failure) {
  if (failure == told_) return;
  told_ = failure;
  log::warn("journal: what is past its retention cannot be freed: " + failure + "; it is tried again");
}

}  // namespace sagad::runtime

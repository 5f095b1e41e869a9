#include "runtime/trim_job.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <exception>

#include "telemetry/log.hpp"

namespace sagad::runtime {
namespace {

// As the journal's own threads that nobody waits for.
constexpr int trim_niceness = 10;

}  // namespace

trim_job::trim_job(journal::store& store, const clock& time, std::chrono::milliseconds every)
    : store_(store), time_(time), every_(every) {}

trim_job::~trim_job() {
  stop();
}

void trim_job::begin() {
  thread_ = std::thread([this] { run(); });
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
  // Of no consequence where it is not allowed.
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), trim_niceness));
  static_cast<void>(pthread_setname_np(pthread_self(), "trim"));
  std::unique_lock lock(mutex_);
  while (!stop_) {
    lock.unlock();
    const bool more = trim_a_piece();
    lock.lock();
    if (!more) changed_.wait_for(lock, every_, [this] { return stop_; });
  }
}

bool trim_job::trim_a_piece() {
  try {
    const bool more = store_.trim(time_.now());
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

#include "runtime/reactor.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <string>
#include <utility>

#include "runtime/random_bits.hpp"
#include "telemetry/log.hpp"

namespace sagad::runtime {
namespace {

// After so many what they have decided goes on its way to the disk: as many as calls are under way. With fewer there
// are more commits than they are worth (with 32, a fiftieth fewer sagas at 64 and 256 connections, a tenth at 1,024);
// with more the disk stands still meanwhile (with 128 at 64 connections, a twelfth fewer).
constexpr std::size_t handlers_a_turn_min = 64;
constexpr std::size_t handlers_a_turn_max = 256;
// Sagas that a restart has found come in by pieces of this time: the clients that wait meanwhile wait no longer than
// that. A turn has no more handlers then than it must, since those that are due would take nearly all of it for their
// calls, and the others would come in late.
constexpr std::chrono::milliseconds loading_a_turn(4);
constexpr std::size_t loads_at_once = 32;
constexpr millis audit_every_ms = 10;
constexpr millis longest_sleep_ms = 100;

std::chrono::nanoseconds thread_time() {
  timespec value{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &value);
  return std::chrono::seconds(value.tv_sec) + std::chrono::nanoseconds(value.tv_nsec);
}

}  // namespace

reactor::reactor(core_options options, const shared_parts& parts, const make_caller& caller, helpers with)
    : time_(parts.time),
      watches_clock_(options.number == 0),
      appender_(parts.store.make_appender([this] { woken(); })),
      caller_(caller(context_, [this](dispatch::answer&& answer) { core_->answered(std::move(answer)); })),
      core_(std::make_unique<core>(std::move(options),
                                   surroundings{parts.store, *appender_, *caller_, parts.definitions, parts.time,
                                                parts.signer, random_bits, parts.guard, parts.shared,
                                                [shared = parts.shared](partition_no one, std::uint64_t epoch) {
                                                  shared->give_back(one, epoch);
                                                },
                                                std::move(with.look_on), std::move(with.load_beside)})) {}

reactor::~reactor() = default;

// On the journal's thread, or on this one when it committed by itself.
void reactor::woken() {
  if (settled_.exchange(true)) return;
  if (std::this_thread::get_id() != thread_.load(std::memory_order_relaxed)) boost::asio::post(context_, [] {});
}

std::future<void> reactor::drain() {
  std::promise<void> promise;
  auto drained = promise.get_future();
  boost::asio::post(context_, [this, promise = std::move(promise)]() mutable {
    core_->drain();
    drained_ = std::move(promise);
  });
  return drained;
}

counters reactor::counted() const {
  auto counted = core_->counted();
  counted.held = watchdog_;
  return counted;
}

void reactor::held(turn_part part, std::chrono::nanoseconds time) {
  if (!watchdog_.spent(part, time)) return;
  log::warn("the reactor was held for " +
            std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) + " ms by one " +
            std::string(name(part)) + ": meanwhile nothing else was served");
}

/// Tells the watchdog how long the scope took.
struct reactor::measured {
  reactor& of;
  turn_part part;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  ~measured() { of.held(part, std::chrono::steady_clock::now() - began); }
};

std::size_t reactor::handle_ready(std::size_t most) {
  std::size_t handled = 0;
  auto began = std::chrono::steady_clock::now();
  while (handled < most && context_.poll_one() != 0) {
    ++handled;
    const auto ended = std::chrono::steady_clock::now();
    held(turn_part::handler, ended - began);
    began = ended;
  }
  return handled;
}

bool reactor::hand_over(bool nothing_else_ready) {
  const measured here{*this, turn_part::journal};
  return core_->end_turn(nothing_else_ready);
}

bool reactor::load_some() {
  if (!core_->recovering()) return false;
  const measured here{*this, turn_part::recovery};
  const auto end = here.began + loading_a_turn;
  bool more = true;
  while (more && std::chrono::steady_clock::now() < end) more = core_->recover_some(loads_at_once);
  return more;
}

void reactor::look_at_clock(millis now) {
  if (!watches_clock_ || now - clock_looked_at_ < drift_watch::looked_every_ms) return;
  clock_looked_at_ = now;
  if (const auto line = drift_.look(now, time_.wall_drift())) log::warn(*line);
}

bool reactor::turn() {
  const auto most = core_->recovering() ? handlers_a_turn_min
                                        : std::clamp(core_->calls_open(), handlers_a_turn_min, handlers_a_turn_max);
  const auto handled = handle_ready(most);
  const bool loading = load_some();
  hand_over(handled < most && !loading);
  if (settled_.exchange(false)) {
    const measured here{*this, turn_part::settled};
    core_->settle();
  }
  const auto now = time_.now();
  if (core_->next_wake() <= now) {
    const measured here{*this, turn_part::time};
    core_->on_time();
  }
  if (now - audited_at_ >= audit_every_ms) {
    const measured here{*this, turn_part::audit};
    core_->audit_since(now - std::exchange(audited_at_, now));
    look_at_clock(now);
  }
  if (drained_ && core_->quiet()) {
    drained_->set_value();
    drained_.reset();
  }
  return handled != 0 || loading;
}

// Sleeps until something is ready, and handles it. How long the handler took is not told apart from the sleep: it was
// at least what this thread worked, and at least what went past the sleep's bound.
void reactor::sleep(std::chrono::milliseconds bound) {
  const auto worked = thread_time();
  const auto began = std::chrono::steady_clock::now();
  context_.run_one_for(bound);
  const std::chrono::nanoseconds past = std::chrono::steady_clock::now() - began - bound;
  held(turn_part::handler, std::max(thread_time() - worked, past));
}

void reactor::run() {
  thread_ = std::this_thread::get_id();
  while (!stopped_) {
    if (turn()) continue;
    if (hand_over(true) || settled_) continue;
    const auto sleep_ms = std::clamp<millis>(core_->next_wake() - time_.now(), 0, longest_sleep_ms);
    if (sleep_ms > 0) sleep(std::chrono::milliseconds(sleep_ms));
  }
}

void reactor::stop() {
  stopped_ = true;
  boost::asio::post(context_, [] {});
}

}  // namespace sagad::runtime

#include "runtime/reactor.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace sagad::runtime {
namespace {

constexpr std::size_t handlers_a_turn = 128;
constexpr std::size_t loads_a_turn = 64;
constexpr std::size_t audited_a_turn = 512;
constexpr millis audit_every_ms = 10;
constexpr millis longest_sleep_ms = 100;

std::uint64_t random_bits() {
  std::uint64_t value = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&value), sizeof value) != 1) {
    throw std::runtime_error("libcrypto gave no random bytes");
  }
  return value;
}

}  // namespace

reactor::reactor(core_options options, const shared_parts& parts, const make_caller& caller)
    : time_(parts.time),
      appender_(parts.store.make_appender([this] { woken(); })),
      caller_(caller(context_, [this](dispatch::answer answer) { core_->answered(std::move(answer)); })),
      core_(std::make_unique<core>(std::move(options),
                                   surroundings{parts.store, *appender_, *caller_, parts.definitions, parts.time,
                                                parts.signer, random_bits, parts.guard})) {}

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

bool reactor::turn() {
  std::size_t handled = 0;
  while (handled < handlers_a_turn && context_.poll_one() != 0) ++handled;
  const bool nothing_ready = handled < handlers_a_turn;
  const bool loading = core_->recovering() && core_->recover_some(loads_a_turn);
  core_->end_turn(nothing_ready && !loading);
  if (settled_.exchange(false)) core_->settle();
  const auto now = time_.now();
  if (core_->next_wake() <= now) core_->on_time();
  if (now - audited_at_ >= audit_every_ms) {
    audited_at_ = now;
    core_->audit(audited_a_turn);
  }
  if (drained_ && core_->quiet()) {
    drained_->set_value();
    drained_.reset();
  }
  return handled != 0 || loading;
}

void reactor::run() {
  thread_ = std::this_thread::get_id();
  while (!stopped_) {
    if (turn()) continue;
    if (core_->end_turn(true) || settled_) continue;
    const auto sleep_ms = std::clamp<millis>(core_->next_wake() - time_.now(), 0, longest_sleep_ms);
    if (sleep_ms > 0) context_.run_one_for(std::chrono::milliseconds(sleep_ms));
  }
}

void reactor::stop() {
  stopped_ = true;
  boost::asio::post(context_, [] {});
}

}  // namespace sagad::runtime

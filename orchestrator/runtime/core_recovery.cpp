// Live sagas, until they are in memory: after a start, and when a partition comes.
#include <algorithm>
#include <string>
#include <utility>

#include "base/probe.hpp"
#include "runtime/core.hpp"
#include "telemetry/log.hpp"

namespace sagad::runtime {
namespace {

constexpr millis unread_tried_every_ms = 60'000;
constexpr millis away_tried_every_ms = 1'000;
// By then the others go on; and no two reactors read suspects at the same time.
constexpr millis suspects_put_off_ms = 60'000;
constexpr millis suspects_apart_ms = 1'000;
// Loaded beside the reactor in one piece. While as many go on the next ones are loaded.
constexpr std::size_t loaded_at_once = 128;

bool is_away(const loaded_or_not& loaded) {
  const auto* why_not = std::get_if<sagad::problem>(&loaded);
  return why_not != nullptr && why_not->code == problem_code::overloaded;
}

}  // namespace

void core::begin_recovery(std::vector<journal::live_saga> live) {
  residents_.reserve(live.size());
  suspects_from_ =
      later(around_.time.now(), suspects_put_off_ms + static_cast<millis>(options_.number) * suspects_apart_ms);
  load_later(live);
}

void core::load_later(const std::vector<journal::live_saga>& live) {
  if (live.empty()) return;
  // Of what comes while others wait to be loaded the participants are told with those.
  if (to_load() == 0) around_.caller.start_slowly();
  to_load_.add(live);
}

bool core::recover_some(std::size_t count) {
  const bool beside = static_cast<bool>(around_.load_beside);
  if (beside) load_ahead();
  for (; count > 0 && recovering() && !(beside && loaded_.empty()); --count) beside ? take_loaded() : load_next();
  if (beside) load_ahead();
  tell_now();
  return recovering();
}

bool core::goes_on_later(const journal::live_saga& one) {
  if (!frozen_[one.saga.partition()]) return false;
  SAGAD_PROBE("a recovery leaves a frozen partition for later");
  to_load_.add_last(one);
  return true;
}

void core::load_next() {
  const auto one = to_load_.next();
  if (goes_on_later(one) || !stays(one.saga.partition())) return;
  go_on_with(one, nullptr);
}

void core::load_ahead() {
  if (loading_ || rests_ || loaded_.size() >= loaded_at_once) return;
  std::vector<saga_id> wanted;
  for (auto left = to_load_.size(); left > 0 && !rests_ && wanted.size() < loaded_at_once; --left) {
    const auto one = to_load_.next();
    if (goes_on_later(one) || !stays(one.saga.partition())) continue;
    if (residents_.contains(one.saga)) {
      go_on_with(one, nullptr);
      continue;
    }
    loading_ahead_[one.saga] = one.due;
    wanted.push_back(one.saga);
  }
  if (wanted.empty()) return;
  loading_ = true;
  around_.load_beside(wanted,
                      [this, wanted](std::vector<loaded_or_not> found) { were_loaded(wanted, std::move(found)); });
}

// What was not loaded, or cannot be now, takes its place in the order again.
void core::were_loaded(const std::vector<saga_id>& wanted, std::vector<loaded_or_not> found) {
  loading_ = false;
  std::vector<journal::live_saga> left;
  bool away = false;
  for (std::size_t at = 0; at < wanted.size(); ++at) {
    const auto ahead = loading_ahead_.find(wanted[at]);
    if (ahead == loading_ahead_.end()) continue;
    const journal::live_saga one{ahead->first, ahead->second};
    const bool is_there = at < found.size() && !is_away(found[at]);
    away = away || (at < found.size() && !is_there);
    if (is_there) {
      loaded_.emplace_back(one, std::move(found[at]));
      continue;
    }
    loading_ahead_.erase(ahead);
    left.push_back(one);
  }
  to_load_.add(left);
  if (away) rest_from_loading();
  load_ahead();
}

void core::take_loaded() {
  auto [one, loaded] = std::move(loaded_.front());
  loaded_.pop_front();
  if (loading_ahead_.erase(one.saga) == 0 || goes_on_later(one) || !stays(one.saga.partition())) return;
  go_on_with(one, &loaded);
}

void core::go_on_with(const journal::live_saga& one, loaded_or_not* loaded) {
  if (is_put_off(one.saga)) {
    log::warn("the process has died twice while it read saga " + one.saga.text() +
              ": the others go on, and it is read by itself in a minute or two");
    unread_.emplace_back(one);
    read_again_at_ = std::min(read_again_at_, suspects_from_);
    return;
  }
  sagad::problem why_not;
  recovering_ = true;
  const auto* of = find_or_load(one.saga, why_not, loaded);
  recovering_ = false;
  if (of == nullptr && why_not.code == problem_code::overloaded) {
    to_load_.add({one});
    rest_from_loading();
  } else if (of == nullptr) {
    SAGAD_PROBE("a live saga cannot be read when it is to go on");
    log::error("saga " + one.saga.text() + " is live in the journal and cannot be loaded: " + why_not.detail +
               "; it is tried again in a minute");
    unread_.push_back(one);
    read_again_at_ = std::min(read_again_at_, later(around_.time.now(), unread_tried_every_ms));
  } else if (of->saga.final()) {
    SAGAD_PROBE("a saga ends before its recovery comes to it");
    look_again(one.saga);  // somebody asked for it before, and it came to its end meanwhile
  }
}

// What it is for one saga it is for all: they are not asked for one by one while nobody answers.
void core::rest_from_loading() {
  log::warn(std::to_string(to_load()) + " live sagas are loaded when the journal answers again");
  rests_ = true;
  read_again_at_ = std::min(read_again_at_, later(around_.time.now(), away_tried_every_ms));
}

void core::load_again() {
  read_again_at_ = never;
  rests_ = false;
  std::sort(unread_.begin(), unread_.end(), [](const auto& left, const auto& right) {
    return std::pair(left.due, left.saga) < std::pair(right.due, right.saga);
  });
  if (!draining_) to_load_.add(unread_);
  unread_.clear();
}

void core::forget_what_is_to_load() {
  to_load_.clear();
  loading_ahead_.clear();
  loaded_.clear();
}

}  // namespace sagad::runtime

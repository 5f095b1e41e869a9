#include "runtime/forwarding.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "runtime/load_saga.hpp"

namespace sagad::runtime {

forwarding::forwarding(journal::shared_store& journal, reactor& home, std::chrono::milliseconds patience)
    : journal_(journal), home_(home), patience_(patience), timer_(home.context()) {}

void forwarding::hand_on(journal::message what, unique_function<void(forwarded_answer)> tell) {
  constexpr const char* too_many = "too many requests wait for the owners of their sagas: try again later";
  if (askers_ >= waiting_max) return tell(problem{problem_code::overloaded, too_many});
  const auto number = ++last_;
  const auto id = what.id;
  until_.push_back({std::chrono::steady_clock::now() + patience_, id, number});
  waiting_[id].push_back({number, false, std::move(tell)});
  ++askers_;
  look_at_clock();
  const bool taken = posts_.begin([this, what = std::move(what), number] { post(what, number); });
  if (!taken) this->tell(id, number, problem{problem_code::overloaded, too_many});
}

// On the thread that may wait.
void forwarding::post(const journal::message& what, std::uint64_t number) {
  try {
    journal_.post(what);
    home_.on([this, id = what.id, number] {
      const auto found = waiting_.find(id);
      if (found == waiting_.end()) return;
      for (auto& one : found->second) one.kept |= one.number == number;
    });
  } catch (const std::length_error&) {
    home_.on([this, id = what.id, number] {
      tell(id, number, problem{problem_code::body_too_large, "this is too large to be handed on to the saga's owner"});
    });
  } catch (const journal::unreachable&) {
    // Who says it may be anybody: how the database is reached is not his to know.
    home_.on([this, id = what.id, number] { tell(id, number, journal_is_away()); });
  } catch (const std::exception& error) {
    home_.on([this, id = what.id, number, why = std::string(error.what())] {
      tell(id, number,
           problem{problem_code::overloaded,
                   "this could not be handed on to the node that has the saga, try again: " + why});
    });
  }
}

void forwarding::answered(journal::message_answer answer) {
  home_.on([this, answer = std::move(answer)]() mutable {
    auto found = waiting_.extract(answer.id);
    if (found.empty()) return;
    askers_ -= found.mapped().size();
    for (auto& one : found.mapped()) one.tell(answer.bytes);
  });
}

void forwarding::tell(const std::string& id, std::uint64_t number, forwarded_answer what) {
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return;
  auto& askers = found->second;
  const auto one =
      std::find_if(askers.begin(), askers.end(), [number](const asker& it) { return it.number == number; });
  if (one == askers.end()) return;
  auto asked = std::move(*one);
  askers.erase(one);
  if (askers.empty()) waiting_.erase(found);
  --askers_;
  asked.tell(std::move(what));
}

void forwarding::look_at_clock() {
  const auto now = std::chrono::steady_clock::now();
  while (!until_.empty() && until_.front().until <= now) {
    const auto due = std::move(until_.front());
    until_.pop_front();
    const auto found = waiting_.find(due.id);
    if (found == waiting_.end()) continue;
    const auto& askers = found->second;
    const bool kept = std::any_of(askers.begin(), askers.end(),
                                  [&](const asker& one) { return one.number == due.number && one.kept; });
    tell(due.id, due.number, kept ? forwarded_answer(not_answered_yet{}) : forwarded_answer(journal_is_away()));
  }
  if (until_.empty() || std::exchange(timing_, true)) return;
  timer_.expires_at(until_.front().until);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    timing_ = false;
    if (!cancelled) look_at_clock();
  });
}

}  // namespace sagad::runtime

#include "runtime/forwarding.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "runtime/load_saga.hpp"

namespace sagad::runtime {
namespace {

// All but the number of its own.
std::string words_of(const std::string& id) {
  return id.substr(0, id.rfind('.'));
}

problem not_handed_on(const std::string& why) {
  return {problem_code::overloaded, "this could not be handed on to the node that has the saga, try again: " + why};
}

}  // namespace

forwarding::forwarding(journal::shared_store& journal, reactor& home, std::chrono::milliseconds patience)
    : journal_(journal), home_(home), patience_(patience), timer_(home.context()) {}

void forwarding::hand_on(journal::message what, if_repeated how, unique_function<void(forwarded_answer)> tell) {
  if (askers_ >= waiting_max) {
    return tell(
        problem{problem_code::overloaded, "too many requests wait for the owners of their sagas: try again later"});
  }
  const auto number = ++last_;
  ++askers_;
  const auto id = how == if_repeated::may_share ? find_unsent(what.id).value_or(what.id) : what.id;
  auto& all = waiting_[id];
  if (all.askers.empty()) {
    unsent_.push_back(id);
    if (how == if_repeated::may_share) by_words_[words_of(id)] = id;
    all.unsent = std::move(what);
  }
  all.askers.push_back({number, std::move(tell)});
  until_.push_back({std::chrono::steady_clock::now() + patience_, id, number});
  look_at_clock();
  post_some();
}

std::optional<std::string> forwarding::find_unsent(const std::string& id) const {
  const auto found = by_words_.find(words_of(id));
  if (found == by_words_.end() || !waiting_.contains(found->second)) return std::nullopt;
  return found->second;
}

void forwarding::pop_unsent() {
  const auto& id = unsent_.front();
  const auto found = by_words_.find(words_of(id));
  if (found != by_words_.end() && found->second == id) by_words_.erase(found);
  unsent_.pop_front();
}

std::vector<journal::message> forwarding::take_unsent() {
  std::vector<journal::message> some;
  std::size_t bytes = 0;
  while (!unsent_.empty() && some.size() < posted_at_once_max) {
    const auto found = waiting_.find(unsent_.front());
    if (found != waiting_.end() && found->second.unsent) {
      auto& next = found->second.unsent;
      if (!some.empty() && bytes + next->bytes.size() > posted_bytes_max) break;
      bytes += next->bytes.size();
      some.push_back(std::move(*next));
      next.reset();
    }
    pop_unsent();
  }
  return some;
}

void forwarding::post_some() {
  if (posting_) return;
  auto some = take_unsent();
  if (some.empty()) return;
  posting_ = posts_.begin([this, some = std::move(some)] { post(some); });
}

// On the thread that may wait.
void forwarding::post(const std::vector<journal::message>& messages) {
  std::vector<std::string> ids;
  for (const auto& one : messages) ids.push_back(one.id);
  std::vector<std::optional<journal::refused_message>> refused;
  std::optional<problem> failed;
  try {
    refused = journal_.post_all(messages);
  } catch (const journal::unreachable&) {
    // Who says it may be anybody: how the database is reached is not his to know.
    failed = journal_is_away();
  } catch (const std::exception& error) {
    failed = not_handed_on(error.what());
  }
  home_.on([this, ids = std::move(ids), refused = std::move(refused), failed = std::move(failed)] {
    posting_ = false;
    for (std::size_t at = 0; at < ids.size(); ++at) {
      if (failed) {
        tell_all(ids[at], *failed);
      } else {
        settle(ids[at], refused.at(at));
      }
    }
    post_some();
  });
}

void forwarding::settle(const std::string& id, const std::optional<journal::refused_message>& refused) {
  if (!refused) {
    const auto found = waiting_.find(id);
    if (found != waiting_.end()) found->second.kept = true;
  } else if (refused->too_large) {
    tell_all(id, {problem_code::body_too_large, "this is too large to be handed on to the saga's owner"});
  } else {
    tell_all(id, not_handed_on(refused->why));
  }
}

void forwarding::answered(journal::message_answer answer) {
  home_.on([this, answer = std::move(answer)]() mutable {
    auto found = waiting_.extract(answer.id);
    if (found.empty()) return;
    askers_ -= found.mapped().askers.size();
    for (auto& one : found.mapped().askers) one.tell(answer.bytes);
  });
}

void forwarding::tell_all(const std::string& id, const problem& what) {
  auto found = waiting_.extract(id);
  if (found.empty()) return;
  askers_ -= found.mapped().askers.size();
  for (auto& one : found.mapped().askers) one.tell(what);
}

void forwarding::tell(const std::string& id, std::uint64_t number, forwarded_answer what) {
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return;
  auto& askers = found->second.askers;
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
    const bool kept = found->second.kept;
    tell(due.id, due.number, kept ? forwarded_answer(not_answered_yet{}) : forwarded_answer(journal_is_away()));
  }
  // While a post hangs nothing else forgets them.
  while (!unsent_.empty() && !waiting_.contains(unsent_.front())) pop_unsent();
  if (until_.empty() || std::exchange(timing_, true)) return;
  timer_.expires_at(until_.front().until);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    timing_ = false;
    if (!cancelled) look_at_clock();
  });
}

}  // namespace sagad::runtime

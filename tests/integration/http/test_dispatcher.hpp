#pragma once

#include <gmock/gmock.h>

#include <condition_variable>
#include <map>
#include <mutex>

#include "dispatch/dispatcher.hpp"
#include "running_server.hpp"
#include "scripted_peer.hpp"

/// A dispatcher that is called by hand, and what it calls.
namespace sagad::test {

using dispatch::answer;
using dispatch::call;
using dispatch::circuit_state;
using dispatch::ending;
using dispatch::lane;
using dispatch::outcome;
using dispatch::standing;
using testing::HasSubstr;
using testing::Not;

inline constexpr auto patience = std::chrono::seconds(20);

inline dispatch::participant_settings at(std::vector<std::string> urls) {
  dispatch::participant_settings one;
  one.name = "escrow";
  one.endpoints = std::move(urls);
  return one;
}

inline call post(std::uint64_t tag) {
  call one;
  one.tag = tag;
  one.method = "POST";
  one.target = "/v1/x";
  one.body = "{}";
  one.timeout_ms = 15'000;
  return one;
}

/// A dispatcher with one participant on its own reactor; collects the answers.
class test_dispatcher {
 public:
  explicit test_dispatcher(dispatch::participant_settings settings, const dispatch::dispatcher_options& options = {}) {
    reactor_.on_thread([&] {
      dispatcher_.emplace(reactor_.context(), std::vector{std::move(settings)}, options,
                          [this](answer&& told) { on_answer(std::move(told)); });
    });
  }
  ~test_dispatcher() {
    reactor_.on_thread([&] { dispatcher_.reset(); });
  }

  template <class F>
  auto with(F what) {
    return reactor_.on_thread([&] { return what(*dispatcher_); });
  }
  void begin(call one) {
    with([&](auto& to) { to.begin(std::move(one)); });
  }
  answer await(std::uint64_t tag) {
    std::unique_lock lock(guard_);
    if (!changed_.wait_for(lock, patience, [&] { return answers_.contains(tag); }))
      throw std::runtime_error("no answer");
    return answers_.at(tag);
  }
  answer ask(call one) {
    auto const tag = one.tag;
    begin(std::move(one));
    return await(tag);
  }
  bool answered(std::uint64_t tag) {
    std::lock_guard const lock(guard_);
    return answers_.contains(tag);
  }
  standing look(std::uint64_t tag) {
    return with([&](auto& to) { return to.look(tag); });
  }
  dispatch::participant_view view() {
    return with([](auto& to) { return to.snapshot().at(0); });
  }
  template <class F>
  void until(F condition) {
    auto const deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("it never came true");
      std::this_thread::yield();
    }
  }
  std::vector<std::uint64_t> order;

 private:
  void on_answer(answer&& told) {
    std::lock_guard const lock(guard_);
    order.push_back(told.tag);
    answers_[told.tag] = std::move(told);
    changed_.notify_all();
  }

  std::mutex guard_;
  std::condition_variable changed_;
  std::map<std::uint64_t, answer> answers_;
  running_reactor reactor_;
  std::optional<dispatch::dispatcher> dispatcher_;
};

inline http::handler always(int status, std::string body, std::string headers = {}) {
  return [=](const http::request&, http::reply reply) { reply({.status = status, .headers = headers, .body = body}); };
}

/// Keeps requests unanswered until told.
struct holding_server {
  std::mutex guard;
  std::vector<http::reply> held;
  std::vector<std::string> targets;
  running_server server{[this](const http::request& got, http::reply reply) {
    std::lock_guard const lock(guard);
    targets.emplace_back(got.target);
    held.push_back(std::move(reply));
  }};

  std::size_t count() {
    std::lock_guard const lock(guard);
    return held.size();
  }
  void answer_all() {
    server.reactor().on_thread([this] {
      std::lock_guard const lock(guard);
      for (auto& one : held) one({.body = "{}"});
      held.clear();
    });
  }
  ~holding_server() { answer_all(); }
};

}  // namespace sagad::test

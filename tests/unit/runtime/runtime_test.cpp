// Several reactors as threads: whoever asks on one is answered there, wherever the saga lives.
#include "runtime/runtime.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <ctime>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "core_sagas.hpp"
#include "journal/memory/store.hpp"
#include "prompt_caller.hpp"
#include "telemetry/log.hpp"
#include "tests/support/core_bench.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/forwarding_store.hpp"
#include "tests/support/load_definition.hpp"

namespace sagad::tests {
namespace {

constexpr std::size_t reactors = 3;
constexpr auto patience = std::chrono::seconds(60);

/// A journal that notes which threads read sagas.
class observed_store final : public forwarding_store {
 public:
  using forwarding_store::forwarding_store;

  std::vector<journal::stored_record> read(const saga_id& saga) override {
    const std::lock_guard lock(guard_);
    readers_.insert(std::this_thread::get_id());
    return whole_.read(saga);
  }
  std::set<std::thread::id> readers() {
    const std::lock_guard lock(guard_);
    return readers_;
  }

 private:
  std::mutex guard_;
  std::set<std::thread::id> readers_;
};

class threads : public testing::Test {
 protected:
  threads() : definitions_(store_), definition_(load_definition(pair)), signer_({std::string(32, 'k')}) {
    runtime::runtime_options options;
    options.reactors = reactors;
    make(options);
  }

  void make(const runtime::runtime_options& options) {
    all_.emplace(options, runtime::shared_parts{observed_, definitions_, time_, signer_, nullptr},
                 [this](auto& context, auto sink) {
                   return std::make_unique<prompt_caller>(context, std::move(sink), silent_);
                 });
  }

  /// Runs `ask(tell)` on a reactor, and waits until it was told; checks that it is told on the same thread.
  template <typename Result, typename Ask>
  Result on(std::size_t reactor, Ask ask) {
    auto promise = std::make_shared<std::promise<Result>>();
    auto told = promise->get_future();
    boost::asio::post(all_->at(reactor).context(), [promise, ask = std::move(ask)]() mutable {
      ask([promise, asked_on = std::this_thread::get_id()](Result result) {
        EXPECT_EQ(std::this_thread::get_id(), asked_on);
        promise->set_value(std::move(result));
      });
    });
    if (told.wait_for(patience) != std::future_status::ready) throw std::runtime_error("nobody was told");
    return told.get();
  }

  runtime::start_result start(std::size_t reactor, const std::string& key = {}, const std::string& input = "{}",
                              millis wait_ms = 0, const std::string& actor = {}) {
    return on<runtime::start_result>(reactor, [=, this](auto tell) {
      runtime::start_request request;
      request.definition = definition_;
      request.input = input;
      request.key = key;
      request.request_bytes = request.request_canonical = digest_of(input);
      request.wait_ms = wait_ms;
      request.actor = actor;
      if (!actor.empty()) request.whose = actor;
      all_->start(reactor, std::move(request), std::move(tell));
    });
  }
  saga_id started(std::size_t reactor) { return std::get<runtime::saga_answer>(start(reactor)).id; }

  runtime::answer_result get(std::size_t reactor, const saga_id& id, millis wait_ms) {
    return on<runtime::answer_result>(reactor, [=, this](auto tell) {
      all_->get(reactor, id, {wait_ms, std::nullopt, nullptr}, std::move(tell));
    });
  }

  runtime::counters counted(std::size_t reactor) {
    return on<runtime::counters>(reactor, [=, this](auto tell) { all_->counted(reactor, std::move(tell)); });
  }

  std::atomic<bool> silent_ = false;
  journal::memory::store store_;
  observed_store observed_{store_};
  runtime::catalog definitions_;
  definition::definition_ptr definition_;
  runtime::journal_clock time_{0};
  runtime::callback_signer signer_;
  std::optional<runtime::runtime> all_;
};

TEST_F(threads, a_saga_is_asked_for_on_any_reactor) {
  definitions_.put(definition_, false);
  all_->begin();
  for (std::size_t starter = 0; starter < reactors; ++starter) {
    const auto id = started(starter);
    EXPECT_EQ(id.partition() % reactors, starter) << "it lives where its start was received";
    for (std::size_t asker = 0; asker < reactors; ++asker) {
      EXPECT_EQ(std::get<runtime::saga_answer>(get(asker, id, 60'000)).state, "completed");
    }
  }
  EXPECT_EQ(counted(1).completed, reactors);
  EXPECT_EQ(counted(2).live, 0U);
}

TEST_F(threads, what_has_ended_is_read_by_no_reactor) {
  definitions_.put(definition_, false);
  all_->begin();
  const auto id = started(0);
  std::get<runtime::saga_answer>(get(0, id, 60'000));  // final, and out of memory once this is told
  const auto in_memory = counted(0);
  ASSERT_EQ(in_memory.completed, 1U);
  std::string body;
  for (std::size_t asker = 0; asker < reactors; ++asker) {
    const auto answer = std::get<runtime::saga_answer>(get(asker, id, asker * 1000));
    EXPECT_EQ(answer.state, "completed");
    EXPECT_TRUE(answer.final);
    EXPECT_TRUE(body.empty() || body == answer.body);
    body = answer.body;
  }
  const auto nobodys = saga_id::make(1, 0, 7);
  EXPECT_EQ(std::get<sagad::problem>(get(1, nobodys, 0)).code, problem_code::not_found);
  const auto readers = observed_.readers();
  EXPECT_FALSE(readers.empty());
  for (std::size_t reactor = 0; reactor < reactors; ++reactor) {
    EXPECT_FALSE(readers.contains(on<std::thread::id>(reactor, [](auto tell) { tell(std::this_thread::get_id()); })));
  }
}

TEST_F(threads, limits_hold_for_all_reactors_together) {
  silent_ = true;
  definitions_.put(definition_, false);
  runtime::runtime_options options;
  options.reactors = reactors;
  options.core.live_sagas_max = 7;
  make(options);
  all_->begin();
  std::size_t taken = 0;
  for (std::size_t at = 0; at < reactors; ++at) {
    for (int number = 0; number < 4; ++number) {
      const auto result = start(at);
      taken += std::holds_alternative<runtime::saga_answer>(result) ? 1 : 0;
      if (const auto* refused = std::get_if<runtime::failed_start>(&result)) {
        EXPECT_EQ(refused->problem.code, problem_code::too_many_requests);
      }
    }
  }
  EXPECT_EQ(taken, 7U);
}

TEST_F(threads, the_same_start_on_two_reactors_is_one_saga) {
  definitions_.put(definition_, false);
  all_->begin();
  const auto first = std::get<runtime::saga_answer>(start(0, "k", "{}", 60'000));
  const auto again = std::get<runtime::saga_answer>(start(1, "k", "{}", 60'000));
  EXPECT_EQ(again.id, first.id);
  EXPECT_FALSE(first.repeated);
  EXPECT_TRUE(again.repeated);
  const auto other = std::get<runtime::failed_start>(start(2, "k", R"({"other":1})"));
  EXPECT_EQ(other.problem.code, problem_code::key_reused);
  EXPECT_EQ(other.id, first.id);
}

TEST_F(threads, a_key_of_somebody_elses_start_tells_nothing_of_it) {
  definitions_.put(definition_, false);
  all_->begin();
  const auto first = std::get<runtime::saga_answer>(start(0, "k", "{}", 60'000, "shop"));
  EXPECT_EQ(std::get<runtime::saga_answer>(start(1, "k", "{}", 60'000, "shop")).id, first.id);
  for (const std::string input : {"{}", R"({"other":1})"}) {
    const auto thief = std::get<runtime::failed_start>(start(1, "k", input, 60'000, "thief"));
    EXPECT_EQ(thief.problem.code, problem_code::key_reused);
    EXPECT_EQ(thief.id, std::nullopt);
    EXPECT_EQ(thief.problem.detail.find(first.id.text()), std::string::npos);
  }
}

TEST_F(threads, a_command_finds_its_saga_from_any_reactor) {
  silent_ = true;
  definitions_.put(definition_, false);
  all_->begin();
  const auto id = started(0);
  const auto paused = on<runtime::command_result>(2, [&, this](auto tell) {
    all_->command(2, id, core_bench::order(engine::command_name::pause, "c"), std::move(tell));
  });
  EXPECT_EQ(std::get<runtime::saga_answer>(paused).state, "paused");
}

TEST_F(threads, a_drain_with_nothing_open_is_quiet) {
  definitions_.put(definition_, false);
  all_->begin();
  const auto id = started(0);
  get(0, id, 60'000);
  EXPECT_TRUE(all_->drain(60'000));
  EXPECT_EQ(std::get<runtime::failed_start>(start(1)).problem.code, problem_code::draining);
}

TEST_F(threads, a_drain_past_its_bound_tells_who_waits_where_the_saga_is) {
  silent_ = true;
  definitions_.put(definition_, false);
  all_->begin();
  const auto id = started(0);
  std::promise<runtime::answer_result> waited;
  std::promise<void> asked;
  boost::asio::post(all_->at(1).context(), [&] {
    all_->get(1, id, {3'600'000, std::nullopt, nullptr},
              [&](runtime::answer_result result) { waited.set_value(std::move(result)); });
    asked.set_value();
  });
  asked.get_future().get();
  EXPECT_FALSE(all_->drain(1)) << "calls are open that nobody answers";
  auto told = waited.get_future();
  ASSERT_EQ(told.wait_for(patience), std::future_status::ready);
  EXPECT_EQ(std::get<runtime::saga_answer>(told.get()).state, "running");
}

TEST_F(threads, a_reactor_that_does_not_come_back_does_not_hold_a_drain) {
  all_->begin();
  std::promise<void> held;
  boost::asio::post(all_->at(1).context(), [freed = held.get_future().share()] { freed.wait(); });
  auto drained = std::async(std::launch::async, [&] { return all_->drain(1); });
  EXPECT_EQ(drained.wait_for(patience), std::future_status::ready);
  held.set_value();
  EXPECT_FALSE(drained.get());
  EXPECT_TRUE(all_->draining());
}

TEST_F(threads, what_was_live_is_dealt_to_its_reactors_again) {
  silent_ = true;
  definitions_.put(definition_, false);
  all_->begin();
  std::vector<saga_id> sagas;
  for (std::size_t reactor = 0; reactor < reactors; ++reactor) sagas.push_back(started(reactor));
  all_->stop();
  all_.reset();
  const auto again = store_.crash();
  runtime::catalog definitions(*again);
  silent_ = false;
  runtime::runtime_options options;
  options.reactors = 2;
  all_.emplace(
      options, runtime::shared_parts{*again, definitions, time_, signer_, nullptr},
      [this](auto& context, auto sink) { return std::make_unique<prompt_caller>(context, std::move(sink), silent_); });
  all_->begin();
  for (const auto& id : sagas) EXPECT_EQ(std::get<runtime::saga_answer>(get(1, id, 60'000)).state, "completed");
  EXPECT_EQ(counted(0).recovered, reactors);
  all_.reset();
}

/// Journal time beside a wall clock that was set two hours ahead.
class jumped_clock final : public runtime::clock {
 public:
  millis now() const override { return time_.now(); }
  millis wall_drift() const override {
    ++looks_;
    return 7'200'000;
  }
  int looks() const { return looks_; }

 private:
  runtime::journal_clock time_{0};
  mutable std::atomic<int> looks_ = 0;
};

TEST_F(threads, a_wall_clock_that_has_jumped_is_told_by_one_of_them) {
  const jumped_clock jumped;
  runtime::runtime_options options;
  options.reactors = reactors;
  testing::internal::CaptureStderr();
  all_.emplace(
      options, runtime::shared_parts{store_, definitions_, jumped, signer_, nullptr},
      [this](auto& context, auto sink) { return std::make_unique<prompt_caller>(context, std::move(sink), silent_); });
  all_->begin();
  // Each has turned, and its turn is over when it has stopped.
  const auto turned = eventually([&] { return jumped.looks() > 0; });
  counted(0);
  all_.reset();
  log::flush();
  const auto told = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(turned);
  const auto first = told.find("7200000 ms ahead");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(told.find("7200000 ms ahead", first + 1), std::string::npos) << told;
}

TEST_F(threads, a_handler_that_holds_its_reactor_is_counted) {
  definitions_.put(definition_, false);
  all_->begin();
  on<bool>(0, [](auto tell) {
    // Work, not time: a wait for a core is not told apart from the sleep that this handler ends.
    const auto worked = [] {
      timespec time{};
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
      return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    };
    const auto enough = worked() + 2 * runtime::watchdog::bound;
    while (worked() < enough) {
    }
    tell(true);
  });
  EXPECT_GE(counted(1).held.of(runtime::turn_part::handler).overruns, 1U);
}

}  // namespace
}  // namespace sagad::tests

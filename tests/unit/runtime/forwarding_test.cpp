// What is handed on while the journal is slow: the test says when it takes it.
#include "runtime/forwarding.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "journal/memory/cluster.hpp"
#include "prompt_caller.hpp"
#include "runtime/reactor.hpp"

namespace sagad::tests {
namespace {

using runtime::if_repeated;
using testing::ElementsAre;

class stopped_clock final : public runtime::clock {
 public:
  millis now() const override { return 1'700'000'000'000; }
};

/// What the journal was given, each time; it takes it when it may.
class slow_journal {
 public:
  void take(const std::vector<journal::message>& messages) {
    std::vector<std::string> ids;
    for (const auto& one : messages) ids.push_back(one.id);
    std::unique_lock lock(mutex_);
    given_.push_back(std::move(ids));
    changed_.notify_all();
    changed_.wait(lock, [this] { return allowed_ >= given_.size(); });
  }
  std::vector<std::vector<std::string>> await(std::size_t times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return given_.size() >= times; });
    return given_;
  }
  std::vector<std::vector<std::string>> given() { return await(0); }
  void allow(std::size_t times) {
    const std::lock_guard lock(mutex_);
    allowed_ = times;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::vector<std::string>> given_;
  std::size_t allowed_ = 0;
};

std::string text_of(const runtime::forwarded_answer& answer) {
  if (const auto* bytes = std::get_if<std::string>(&answer)) return *bytes;
  const auto* why = std::get_if<problem>(&answer);
  return why == nullptr ? "not yet" : std::string(name(why->code));
}

class forwarding_to_a_slow_journal : public testing::Test {
 protected:
  forwarding_to_a_slow_journal() {
    all_.when_posted([this](const auto& messages) { slow_.take(messages); });
  }
  ~forwarding_to_a_slow_journal() override {
    slow_.allow(SIZE_MAX);
    if (!thread_.joinable()) return;
    home_.stop();
    thread_.join();
    out_->stop();
  }

  void begin(std::chrono::milliseconds patience = std::chrono::hours(1)) {
    out_.emplace(*store_, home_, patience);
    thread_ = std::thread([this] { home_.run(); });
  }
  void settle() {
    std::promise<void> done;
    home_.later([&done] { done.set_value(); });
    done.get_future().get();
  }
  void hand_on(const std::string& id, if_repeated how = if_repeated::is_another) {
    home_.later([this, id, how] {
      out_->hand_on({id, saga_id::make(0, 1, 1), "bytes"}, how, [this, id](const runtime::forwarded_answer& answer) {
        told_.push_back(id + " " + text_of(answer));
      });
    });
    settle();
  }
  void answer(const std::string& id) {
    out_->answered({id, "done"});
    settle();
  }
  /// Once so many are told.
  std::vector<std::string> told(std::size_t count) {
    for (;;) {
      std::promise<std::vector<std::string>> seen;
      home_.later([this, &seen] { seen.set_value(told_); });
      auto all = seen.get_future().get();
      if (all.size() >= count) return all;
      std::this_thread::yield();
    }
  }

  stopped_clock time_;
  journal::memory::cluster all_{{.partitions = 4}, [this] { return time_.now(); }};
  slow_journal slow_;
  std::unique_ptr<journal::memory::node_store> store_ = all_.open("one");
  runtime::catalog definitions_{*store_};
  runtime::callback_signer signer_{{std::string(32, 'k')}};
  std::atomic<bool> silent_ = true;
  runtime::reactor home_{
      {},
      runtime::shared_parts{*store_, definitions_, time_, signer_, nullptr, store_.get()},
      [this](auto& context, auto sink) { return std::make_unique<prompt_caller>(context, std::move(sink), silent_); },
      {}};
  std::optional<runtime::forwarding> out_;
  std::vector<std::string> told_;  // home's
  std::thread thread_;
};

TEST_F(forwarding_to_a_slow_journal, gives_it_at_once_what_came_while_it_was_busy) {
  begin();
  hand_on("a.1");
  slow_.await(1);
  for (const auto* id : {"b.1", "c.1", "a.2"}) hand_on(id);
  slow_.allow(2);
  EXPECT_THAT(slow_.await(2), ElementsAre(ElementsAre("a.1"), ElementsAre("b.1", "c.1", "a.2")));
  for (const auto* id : {"c.1", "a.1"}) answer(id);
  EXPECT_THAT(told(2), ElementsAre("c.1 done", "a.1 done"));
}

TEST_F(forwarding_to_a_slow_journal, gives_it_no_more_at_once_than_it_takes_well) {
  begin();
  hand_on("first.1");
  slow_.await(1);
  constexpr auto most = runtime::forwarding::posted_at_once_max;
  for (std::size_t number = 0; number <= most; ++number) hand_on("a." + std::to_string(number));
  slow_.allow(3);
  const auto given = slow_.await(3);
  EXPECT_EQ(given.at(1).size(), most);
  EXPECT_THAT(given.at(2), ElementsAre("a." + std::to_string(most)));
}

TEST_F(forwarding_to_a_slow_journal, does_not_give_it_what_nobody_waits_for_any_more) {
  begin(std::chrono::milliseconds(50));
  hand_on("a.1");
  slow_.await(1);
  hand_on("b.1");
  EXPECT_THAT(told(2), ElementsAre("a.1 overloaded", "b.1 overloaded")) << "nothing is known of it yet";
  slow_.allow(SIZE_MAX);
  // Until it is free again these may be given up, too.
  for (auto number = 1; slow_.given().size() == 1; ++number) hand_on("c." + std::to_string(number));
  const auto given = slow_.given();
  for (const auto& id : given.at(1)) EXPECT_THAT(id, testing::StartsWith("c."));
}

TEST_F(forwarding_to_a_slow_journal, gives_it_once_what_is_said_again_before_it_was_given) {
  begin();
  hand_on("a.1");
  slow_.await(1);
  hand_on("late.1", if_repeated::may_share);
  hand_on("late.2", if_repeated::may_share);
  hand_on("late.more.1", if_repeated::may_share);
  hand_on("late.3");
  hand_on("a.2", if_repeated::may_share);
  slow_.allow(1);
  EXPECT_THAT(slow_.await(2).at(1), ElementsAre("late.1", "late.more.1", "late.3", "a.2"))
      << "of the first the owner may have decided already";
  hand_on("late.4", if_repeated::may_share);
  answer("late.1");
  EXPECT_THAT(told(2), ElementsAre("late.1 done", "late.2 done"));
  slow_.allow(3);
  EXPECT_THAT(slow_.await(3).at(2), ElementsAre("late.4"));
}

}  // namespace
}  // namespace sagad::tests

// Two nodes as threads that share a journal: whoever waits for the end of a saga that moves is told it all the same.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "core_sagas.hpp"
#include "journal/memory/cluster.hpp"
#include "prompt_caller.hpp"
#include "runtime/runtime.hpp"
#include "tests/support/load_definition.hpp"

namespace sagad::tests {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t own_reactors = 2;
constexpr std::size_t partitions_dealt = 4;
constexpr millis an_hour = 3'600'000;
constexpr std::size_t lookers_on_max = 512;

/// Stands still: leases end, and waits with them, when a test says so.
class standing_clock final : public runtime::clock {
 public:
  millis now() const override { return 1'700'000'000'000; }
};

/// What was told to those who have asked, in the order in which it came.
class told_ones {
 public:
  void add(std::string what) {
    const std::lock_guard lock(guard_);
    all_.push_back(std::move(what));
  }
  std::vector<std::string> all() const {
    const std::lock_guard lock(guard_);
    return all_;
  }

 private:
  mutable std::mutex guard_;
  std::vector<std::string> all_;
};

std::string text_of(const problem& why) {
  return "problem " + std::string(name(why.code));
}
std::string text_of(const runtime::saga_answer& answer) {
  return answer.state + (answer.repeated ? " repeated" : "");
}

/// One of the nodes. Its rounds come when the test says so.
struct running_node {
  running_node(journal::memory::cluster& all, const std::string& name, const standing_clock& time,
               const definition::definition_ptr& what)
      : address("http://" + name), store(all.open(name)), definitions(*store), definition(what) {
    definitions.put(definition, false);
    runtime::runtime_options options;
    options.reactors = own_reactors;
    options.core.moment_ms = 0;
    options.hand_over_max = 0;
    sagas.emplace(
        options, runtime::shared_parts{*store, definitions, time, signer, nullptr, store.get()},
        [this](auto& context, auto sink) { return std::make_unique<prompt_caller>(context, std::move(sink), silent); });
    sagas->begin();
    sagas->join(address);
  }

  /// What its reactors have been told to do is done.
  void settle() {
    for (std::size_t number = 0; number < own_reactors; ++number) {
      std::promise<void> done;
      sagas->at(number).later([&done] { done.set_value(); });
      done.get_future().get();
    }
  }

  std::uint64_t waiting() {
    std::promise<std::uint64_t> told;
    sagas->at(0).later(
        [this, &told] { sagas->counted(0, [&told](const runtime::counters& all) { told.set_value(all.waiting); }); });
    return told.get_future().get();
  }

  /// Rounds, until it has so many partitions.
  void work_until_it_owns(std::size_t partitions_wanted) {
    for (;;) {
      store->work();
      settle();
      const auto nodes = store->nodes();
      const auto self =
          std::find_if(nodes.begin(), nodes.end(), [this](const auto& one) { return one.address == address; });
      if (self != nodes.end() && self->owns.size() == partitions_wanted) return;
      std::this_thread::yield();
    }
  }

  void start(std::size_t reactor, const std::string& key, told_ones& told) {
    sagas->at(reactor).later([this, reactor, key, &told] {
      runtime::start_request request;
      request.definition = definition;
      request.input = "{}";
      request.key = key;
      request.wait_ms = an_hour;
      sagas->start(reactor, std::move(request), [&told](const runtime::start_result& result) {
        const auto* answer = std::get_if<runtime::saga_answer>(&result);
        told.add(answer != nullptr ? text_of(*answer) : text_of(std::get<runtime::failed_start>(result).problem));
      });
    });
    settle();
  }

  void get(std::size_t reactor, const saga_id& id, told_ones& told, const runtime::gone_flag& client_gone = nullptr,
           millis wait_ms = an_hour) {
    sagas->at(reactor).later([this, reactor, id, client_gone, wait_ms, &told] {
      sagas->get(reactor, id, {wait_ms, std::nullopt, client_gone}, [&told](const runtime::answer_result& result) {
        told.add(std::visit([](const auto& what) { return text_of(what); }, result));
      });
    });
    settle();
  }

  void find_command(std::size_t reactor, const saga_id& id, told_ones& told) {
    sagas->at(reactor).later([this, reactor, id, &told] {
      sagas->find_command(reactor, id, "c", std::nullopt, [&told](const runtime::command_result& result) {
        told.add(text_of(std::get<problem>(result)));
      });
    });
    settle();
  }

  std::string address;
  std::atomic<bool> silent = true;  ///< its participant
  std::unique_ptr<journal::memory::node_store> store;
  runtime::catalog definitions;
  runtime::callback_signer signer{{std::string(32, 'k')}};
  definition::definition_ptr definition;
  std::optional<runtime::runtime> sagas;
};

class waits_at_a_node : public testing::Test {
 protected:
  waits_at_a_node() { one_.work_until_it_owns(partitions_dealt); }
  ~waits_at_a_node() override {
    // Nobody is told anything any more, while there is still who would hear it.
    if (two_) two_->sagas.reset();
    one_.sagas.reset();
  }

  /// Waits for the end of a saga that will move to the other node: the first that is started in its partition.
  saga_id start_one_that_moves() {
    for (;;) {
      key_ = "k" + std::to_string(starts_.size());
      one_.start(moving % own_reactors, key_, starts_.emplace_back());
      std::vector<saga_id> started;  // by their only records
      while (started.size() < starts_.size()) {
        started.clear();
        all_.whole().scan(all_.whole().oldest(), starts_.size(),
                          [&started](const journal::stored_record& record) { started.push_back(record.saga); });
      }
      if (started.back().partition() == moving) return started.back();
    }
  }
  told_ones& starter() { return starts_.back(); }

  /// The other node comes, and has half of the partitions.
  void let_it_move(bool answered_there) {
    two_.emplace(all_, "two", time_, definition_);
    two_->silent = !answered_there;
    one_.work_until_it_owns(partitions_dealt / 2);
    two_->work_until_it_owns(partitions_dealt / 2);
  }
  /// The other node leaves, and what it had is the first one's again.
  void let_it_move_back() {
    two_->store->leave();
    two_->work_until_it_owns(0);
    one_.silent = false;
    one_.work_until_it_owns(partitions_dealt);
  }

  static void await(const told_ones& told, std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (told.all().size() < count && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  }

  static constexpr partition_no moving = partitions_dealt - 1;

  standing_clock time_;
  definition::definition_ptr definition_ = load_definition(pair);
  journal::memory::cluster all_{{.partitions = partitions_dealt}, [this] { return time_.now(); }};
  std::string key_;
  std::deque<told_ones> starts_;
  told_ones asked_;
  told_ones asked_elsewhere_;
  running_node one_{all_, "one", time_, definition_};
  std::optional<running_node> two_;
};

TEST_F(waits_at_a_node, are_told_the_end_that_a_saga_comes_to_at_another_node) {
  const auto id = start_one_that_moves();
  one_.get(0, id, asked_);
  one_.get(1, id, asked_);
  let_it_move(true);
  await(starter(), 1);
  await(asked_, 2);
  one_.settle();
  EXPECT_THAT(starter().all(), ElementsAre("completed"));
  EXPECT_THAT(asked_.all(), ElementsAre("completed", "completed"));
}

TEST_F(waits_at_a_node, are_told_the_end_of_a_saga_that_moves_and_comes_back) {
  const auto id = start_one_that_moves();
  one_.get(0, id, asked_);
  let_it_move(false);
  two_->get(0, id, asked_elsewhere_);
  EXPECT_THAT(starter().all(), IsEmpty());
  EXPECT_THAT(asked_.all(), IsEmpty());
  let_it_move_back();
  await(starter(), 1);
  await(asked_, 1);
  await(asked_elsewhere_, 1);
  one_.settle();
  EXPECT_THAT(starter().all(), ElementsAre("completed"));
  EXPECT_THAT(asked_.all(), ElementsAre("completed"));
  EXPECT_THAT(asked_elsewhere_.all(), ElementsAre("completed"));
}

TEST_F(waits_at_a_node, outlast_a_journal_that_is_away_for_a_while) {
  const auto id = start_one_that_moves();
  one_.get(0, id, asked_);
  let_it_move(false);
  one_.store->entries().be_away(true);
  one_.get(0, id, asked_);
  // Looks are answered in the order in which they were asked for.
  one_.get(0, id, asked_elsewhere_, nullptr, 0);
  await(asked_elsewhere_, 1);
  EXPECT_THAT(asked_elsewhere_.all(), ElementsAre("problem overloaded"));
  EXPECT_THAT(asked_.all(), IsEmpty());
  EXPECT_THAT(starter().all(), IsEmpty());
  one_.store->entries().be_away(false);
  let_it_move_back();
  await(starter(), 1);
  await(asked_, 2);
  EXPECT_THAT(starter().all(), ElementsAre("completed"));
  EXPECT_THAT(asked_.all(), ElementsAre("completed", "completed"));
}

TEST_F(waits_at_a_node, for_a_saga_s_state_do_not_wait_behind_who_asks_for_a_command) {
  const auto id = saga_id::make(0, moving, 1);  // there is none: nobody else reads
  let_it_move(false);
  std::promise<void> free;
  std::atomic<bool> first = true;
  one_.store->entries().be_away_when([freed = free.get_future().share(), &first] {
    if (first.exchange(false)) freed.wait();
    return false;
  });
  one_.find_command(0, id, asked_elsewhere_);
  while (first) std::this_thread::yield();
  one_.get(0, id, asked_, nullptr, 0);
  await(asked_, 1);
  EXPECT_THAT(asked_.all(), ElementsAre("problem not-found"));
  EXPECT_THAT(asked_elsewhere_.all(), IsEmpty());
  free.set_value();
  await(asked_elsewhere_, 1);
  EXPECT_THAT(asked_elsewhere_.all(), ElementsAre("problem not-found"));
}

TEST_F(waits_at_a_node, by_the_key_of_a_start_that_moves_are_told_its_end) {
  start_one_that_moves();
  one_.start(0, key_, asked_);
  let_it_move(true);
  two_->start(0, key_, asked_elsewhere_);
  await(starter(), 1);
  await(asked_, 1);
  await(asked_elsewhere_, 1);
  EXPECT_THAT(starter().all(), ElementsAre("completed"));
  EXPECT_THAT(asked_.all(), ElementsAre("completed repeated"));
  EXPECT_THAT(asked_elsewhere_.all(), ElementsAre("completed repeated"));
}

TEST_F(waits_at_a_node, that_are_too_many_to_look_on_are_told_where_the_saga_is_when_it_moves) {
  const auto id = start_one_that_moves();
  constexpr std::size_t too_many = 3;
  for (std::size_t number = 0; number + 1 < lookers_on_max + too_many; ++number) one_.get(0, id, asked_);
  let_it_move(false);
  await(asked_, too_many);
  one_.settle();
  EXPECT_THAT(asked_.all(), ElementsAre("running", "running", "running"));
  const auto stay = starts_.size() - 1;  // of what was started in another partition
  EXPECT_EQ(one_.waiting(), lookers_on_max + stay);
  let_it_move_back();
  await(starter(), 1);
  await(asked_, lookers_on_max + too_many - 1);
  auto told = asked_.all();
  told.erase(told.begin(), told.begin() + too_many);
  EXPECT_EQ(told.size(), lookers_on_max - 1);
  EXPECT_THAT(told, Each("completed"));
  EXPECT_EQ(one_.waiting(), stay);
  EXPECT_THAT(starter().all(), ElementsAre("completed"));
}

TEST_F(waits_at_a_node, whose_client_has_gone_keep_no_place) {
  const auto gone = std::make_shared<std::atomic<bool>>(false);
  const auto id = start_one_that_moves();
  one_.get(0, id, asked_, gone);
  let_it_move(false);
  EXPECT_THAT(asked_.all(), IsEmpty());
  *gone = true;
  await(asked_, 1);
  EXPECT_THAT(asked_.all(), ElementsAre("running"));
  EXPECT_THAT(starter().all(), IsEmpty());
}

TEST_F(waits_at_a_node, are_told_where_the_saga_is_by_a_node_that_ends) {
  const auto id = start_one_that_moves();
  one_.get(0, id, asked_);
  let_it_move(false);
  one_.sagas->drain(1);
  await(starter(), 1);
  await(asked_, 1);
  EXPECT_THAT(starter().all(), ElementsAre("running"));
  EXPECT_THAT(asked_.all(), ElementsAre("running"));
  one_.get(0, id, asked_);
  await(asked_, 2);
  EXPECT_THAT(asked_.all(), ElementsAre("running", "running")) << "nobody waits there any more";
}

}  // namespace
}  // namespace sagad::tests

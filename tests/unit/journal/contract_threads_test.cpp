#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "contract.hpp"

namespace sagad::journal::tests {
namespace {

class contract_threads : public contract {};
INSTANTIATE_TEST_SUITE_P(journals, contract_threads, testing::ValuesIn(subjects()), subject_name);

constexpr std::uint32_t rounds = 200;
constexpr std::uint64_t sagas_each = 8;

// One thread's sagas, all in its own partition; every record is awaited by batches of different size.
void run_owner(journal::store& store, std::uint64_t epoch, partition_no partition) {
  lane own(store);
  position at = 0;
  for (std::uint32_t seq = 1; seq <= rounds; ++seq) {
    ticket last = 0;
    for (std::uint64_t number = 1; number <= sagas_each; ++number) {
      entry next;
      next.saga = saga(number, partition);
      next.seq = seq;
      next.position = ++at;
      next.epoch = epoch;
      next.bytes = "bytes";
      next.final = seq == rounds && number % 2 == 0;
      last = own.appender().append(next);
    }
    ASSERT_TRUE(own.commit(last, seq % 3 != 0).empty());
    if (seq % 16 == 0) {
      ASSERT_EQ(store.read(saga(seq % sagas_each + 1, partition)).size(), seq);
    }
  }
}

TEST_P(contract_threads, two_owners_append_while_others_read) {
  std::atomic<bool> done = false;
  std::thread reader([&] {
    cursor at;
    std::size_t seen = 0;
    while (!done || seen < 2 * rounds * sagas_each) {
      at = store().scan(at, 100, [&](const stored_record&) { ++seen; });
      store().measured();
      store().find_key("nobody", 0);
      if (done && testing::Test::HasFailure()) return;
    }
    EXPECT_EQ(seen, 2 * rounds * sagas_each);
  });
  std::thread other([&] { run_owner(store(), subject_->epoch(1), 1); });
  run_owner(store(), subject_->epoch(2), 2);
  other.join();
  done = true;
  reader.join();
  reopen();
  EXPECT_EQ(store().measured().live_sagas, sagas_each);
  for (const auto partition : {partition_no{1}, partition_no{2}}) {
    EXPECT_EQ(store().opened().last_position[partition], rounds * sagas_each);
    for (std::uint64_t number = 1; number <= sagas_each; ++number) {
      const auto records = store().read(saga(number, partition));
      ASSERT_EQ(records.size(), rounds);
      for (std::uint32_t seq = 1; seq <= rounds; ++seq) ASSERT_EQ(records[seq - 1].seq, seq);
    }
  }
}

TEST_P(contract_threads, a_saga_is_never_out_of_sight_while_it_ends) {
  constexpr std::uint64_t sagas = 300;
  std::atomic<std::uint64_t> newest = 0;
  std::atomic<std::uint64_t> missed = 0;
  std::thread reader([&] {
    for (auto number = newest.load(); number < sagas; number = newest.load()) {
      if (number != 0 && store().read(saga(number)).empty()) ++missed;
    }
  });
  for (std::uint64_t number = 1; number <= sagas; ++number) {
    put(make(saga(number), 1));
    newest = number;
    auto last = make(saga(number), 2);
    last.final = true;
    put(last);
  }
  reader.join();
  EXPECT_EQ(missed, 0U);
}

TEST_P(contract_threads, what_is_kept_is_in_sight_while_the_rest_is_freed) {
  constexpr std::uint64_t sagas = 400;
  const auto content = incompressible(1'000);
  const named_start kept_name("kept", "request", "canonical");
  ASSERT_EQ(start(saga(1), kept_name).result, result::durable);
  std::atomic<std::uint64_t> newest = 1;
  std::atomic<millis> now = time_;
  std::atomic<bool> done = false;
  std::array<std::atomic<std::uint64_t>, 5> missed{};
  std::thread trimmer([&] {
    while (!done) store().trim(now);
  });
  std::thread reader([&] {
    std::uint64_t looks = 0;
    while (!done) {
      if (store().read(saga(1)).empty()) ++missed[0];
      if (!store().find_key("kept", now)) ++missed[1];
      const auto number = newest.load();
      const bool there = !store().read(saga(number)).empty();
      const bool held = store().find_key("key-" + std::to_string(number), now).has_value();
      // Who looks on for long looks for what may be gone.
      if (number == 1 || newest > number + 50) continue;
      if (!there) ++missed[2];
      if (!held) ++missed[3];
      // Its history goes about now, and its key long after.
      const auto older = number - std::min<std::uint64_t>(number - 2, 100 + looks++ % 150);
      const bool older_held = store().find_key("key-" + std::to_string(older), now).has_value();
      if (newest <= number + 20 && !older_held) ++missed[4];
    }
  });
  std::thread scanner([&] {
    cursor at;
    while (!done) {
      try {
        at = store().scan(at, 100, [](const stored_record&) {});
        if (at == store().end()) at = store().oldest();
        store().carried();
      } catch (const trimmed& freed) {
        at = freed.oldest();
      }
    }
  });
  for (std::uint64_t number = 2; number <= sagas; ++number, time_ += kept.history / 100) {
    const named_start name("key-" + std::to_string(number), "request", "canonical");
    auto begin = make(saga(number), 1, content);
    begin.key = &name.key;
    ASSERT_EQ(put(begin).result, result::durable);
    newest = number;
    auto last = make(saga(number), 2, content);
    last.final = true;
    put(last);
    now = time_;
  }
  done = true;
  trimmer.join();
  reader.join();
  scanner.join();
  store().trim(now);
  for (const auto& of : missed) EXPECT_EQ(of, 0U) << &of - missed.data();
  EXPECT_GT(store().oldest(), cursor{});
}

TEST_P(contract_threads, an_appender_may_go_while_its_entries_are_under_way) {
  for (std::uint64_t number = 1; number <= 200; ++number) {
    bool alive = true;
    auto appender = store().make_appender([&alive] { EXPECT_TRUE(alive); });
    appender->append(make(saga(number), 1));
    appender->submit(number % 2 == 0);
    appender.reset();
    alive = false;
  }
  EXPECT_EQ(put(make(saga(1000), 1)).result, result::durable);
  for (std::uint64_t number = 1; number <= 200; ++number) EXPECT_EQ(store().read(saga(number)).size(), 1U);
}

TEST_P(contract_threads, definitions_are_put_from_several_threads) {
  std::vector<std::thread> threads;
  for (int at = 0; at < 4; ++at) {
    threads.emplace_back([this] {
      for (int version = 0; version < 10; ++version) store().put_definition("", std::to_string(version));
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(store().definitions().size(), 10U);
}

}  // namespace
}  // namespace sagad::journal::tests

#include "api/event_reader.hpp"

#include <gmock/gmock.h>

#include "engine/record.hpp"
#include "tests/support/core_bench.hpp"
#include "tests/support/forwarding_store.hpp"

namespace sagad::api {
namespace {

using testing::HasSubstr;

constexpr std::string_view one_step = R"(
saga: small
steps:
  - {step: hold, participant: bank, action: {post: /holds}, compensation: none}
)";

constexpr event_bounds all_of_it{1'000'000, 1'000'000, 1U << 30U};

/// A journal with the records of some sagas, and a reader of it.
class the_event_reader : public testing::Test {
 protected:
  saga_id finish_one(const std::string& key = {}) {
    const auto id = bench.started(key);
    bench.answer("hold/action#1", 200);
    bench.turn();
    return id;
  }

  struct told {
    std::vector<std::string> all;
    std::vector<event_place> behind;
    event_read read;
  };
  told read(event_place from = {}, const event_filter& wanted = {}, const event_bounds& bounds = all_of_it) {
    told result;
    result.read = reader->read(from, wanted, bounds, [&](const std::string& json, const event_place& behind) {
      result.all.push_back(json);
      result.behind.push_back(behind);
    });
    return result;
  }

  tests::core_bench bench{one_step};
  std::unique_ptr<event_reader> reader = std::make_unique<event_reader>(bench.store(), bench.definitions());
};

TEST_F(the_event_reader, tells_every_record_once_and_says_when_there_are_no_more) {
  for (int number = 0; number < 100; ++number) finish_one();
  const auto all = read();
  EXPECT_EQ(all.all.size(), 200U);
  EXPECT_TRUE(all.read.at_end);
  EXPECT_THAT(all.all.front(), HasSubstr(R"("event":"started")"));
  EXPECT_THAT(all.all.back(), HasSubstr(R"("event":"finished")"));
  EXPECT_TRUE(read(all.read.upto).all.empty());
}

TEST_F(the_event_reader, goes_on_behind_every_single_record) {
  for (int number = 0; number < 70; ++number) finish_one();
  const auto all = read();
  for (std::size_t at = 0; at < all.behind.size(); ++at) {
    const auto rest = read(all.behind[at]);
    ASSERT_EQ(rest.all, std::vector<std::string>(all.all.begin() + static_cast<std::ptrdiff_t>(at) + 1, all.all.end()))
        << at;
  }
}

TEST_F(the_event_reader, stops_at_each_of_its_bounds_and_loses_nothing) {
  for (int number = 0; number < 50; ++number) finish_one();
  const auto all = read().all;
  for (const event_bounds bounds : {event_bounds{7, 1000, 1U << 20U}, event_bounds{1000, 5, 1U << 20U},
                                    event_bounds{1000, 1000, all.front().size() + 1}, event_bounds{1, 1, 1}}) {
    std::vector<std::string> pieces;
    event_read upto;
    for (std::size_t rounds = 0; !upto.at_end && rounds < 1000; ++rounds) {
      const auto piece = read(upto.upto, {}, bounds);
      EXPECT_LE(piece.all.size(), std::min(bounds.scanned_max, bounds.told_max));
      pieces.insert(pieces.end(), piece.all.begin(), piece.all.end());
      upto = piece.read;
    }
    EXPECT_EQ(pieces, all);
  }
}

TEST_F(the_event_reader, tells_only_what_is_wanted) {
  const auto first = finish_one("a");
  finish_one("b");
  event_filter of_saga;
  of_saga.saga = first;
  EXPECT_EQ(read({}, of_saga).all.size(), 2U);
  event_filter ends;
  ends.facts = 1U << static_cast<unsigned>(engine::fact::finished);
  EXPECT_EQ(read({}, ends).all.size(), 2U);
  event_filter of_definition;
  of_definition.definition = "small";
  EXPECT_EQ(read({}, of_definition).all.size(), 4U);
  of_definition.version = 9;
  EXPECT_TRUE(read({}, of_definition).all.empty());
  of_definition = {};
  of_definition.definition = "other";
  EXPECT_TRUE(read({}, of_definition).all.empty());
  event_filter of_somebody;
  of_somebody.starter = "somebody";
  EXPECT_TRUE(read({}, of_somebody).all.empty());
}

TEST_F(the_event_reader, knows_what_a_saga_is_also_when_it_begins_behind_its_start) {
  finish_one();
  const auto all = read();
  reader = std::make_unique<event_reader>(bench.store(), bench.definitions());
  event_filter of_definition;
  of_definition.definition = "small";
  const auto rest = read(all.behind[0], of_definition);
  ASSERT_EQ(rest.all.size(), 1U);
  EXPECT_THAT(rest.all[0], HasSubstr(R"("step":"hold")"));
}

TEST_F(the_event_reader, tells_what_is_not_durable_no_sooner_than_it_is) {
  bench.store().hold();
  bench.start();
  bench.turn();
  EXPECT_TRUE(read().all.empty());
  bench.store().release_all();
  bench.turn();
  EXPECT_EQ(read().all.size(), 1U);
}

TEST_F(the_event_reader, tells_each_record_in_one_line) {
  bench.start({}, 0, "{\n\"a\":\r\n1}");
  bench.turn();
  const auto all = read().all;
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].find_first_of("\r\n"), std::string::npos);
  EXPECT_THAT(all[0], HasSubstr(R"("a":)"));
}

constexpr std::size_t early_ones = 2 * event_places::behind_max;  // more than are scanned at once

/// Sagas of one record each; all but the last can be freed from the sixth second on.
class a_journal_that_is_trimmed : public testing::Test {
 protected:
  void SetUp() override {
    const auto appender = store.make_appender([] {});
    for (journal::position position = 1; position <= early_ones + 1; ++position) {
      journal::entry only;
      only.saga = saga_id::make(5'000, 0, position);
      only.position = position;
      only.epoch = store.opened().epoch;
      only.seq = 1;
      only.bytes = "bytes";
      only.time = position <= early_ones ? 5'000 : 10'000;
      only.final = true;
      appender->append(only);
    }
    appender->submit(true);
  }

  std::function<void(const std::string&, const event_place&)> count = [this](const std::string&, const event_place&) {
    ++told;
  };
  journal::memory::store store{{.history = 1'000}};
  std::size_t told = 0;
};

TEST_F(a_journal_that_is_trimmed, is_read_from_its_oldest_record_on_and_not_from_a_place_before_it) {
  while (store.trim(6'000)) continue;
  const runtime::catalog definitions(store);
  event_reader reader(store, definitions);
  EXPECT_TRUE(reader.read({}, {}, all_of_it, count).at_end);
  EXPECT_EQ(told, 1U);
  EXPECT_THROW(reader.read({{}, 1}, {}, all_of_it, count), journal::trimmed);
}

/// Trims just before it is scanned for the `when`th time.
class trimmed_meanwhile : public tests::forwarding_store {
 public:
  trimmed_meanwhile(journal::store& to, int when) : forwarding_store(to), left_(when) {}

  journal::cursor scan(journal::cursor from, std::size_t count,
                       const std::function<void(const journal::stored_record&)>& visit) override {
    if (--left_ == 0) {
      while (forwarding_store::trim(6'000)) continue;
    }
    return forwarding_store::scan(from, count, visit);
  }

 private:
  int left_;
};

TEST_F(a_journal_that_is_trimmed, is_read_from_its_oldest_record_on_though_that_is_freed_meanwhile) {
  trimmed_meanwhile trims(store, 1);
  const runtime::catalog definitions(trims);
  event_reader reader(trims, definitions);
  EXPECT_TRUE(reader.read({}, {}, all_of_it, count).at_end);
  EXPECT_EQ(told, 1U);
}

TEST_F(a_journal_that_is_trimmed, tells_what_was_read_before_the_rest_was_freed_and_then_that_it_was) {
  trimmed_meanwhile trims(store, 2);
  const runtime::catalog definitions(trims);
  event_reader reader(trims, definitions);
  const auto first = reader.read({}, {}, all_of_it, count);
  EXPECT_FALSE(first.at_end);
  EXPECT_EQ(told, event_places::behind_max);
  EXPECT_THROW(reader.read(first.upto, {}, all_of_it, count), journal::trimmed);
}

}  // namespace
}  // namespace sagad::api

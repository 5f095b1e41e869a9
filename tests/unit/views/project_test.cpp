#include <gmock/gmock.h>

#include <algorithm>
#include <tuple>

#include "engine/engine.hpp"
#include "tests/support/random_play.hpp"
#include "views/project.hpp"

namespace sagad::views {
namespace {

using sagad::tests::random_play;

// What of a row the rows of a file keep in columns of their own, and what is packed: as if read back from there.
row kept_and_read_back(const row& of) {
  row read = of;
  read.turned = {};
  read.troubles.clear();
  read.broken.clear();
  EXPECT_TRUE(unpack(pack(of), read));
  return read;
}

bool shows(const engine::saga& saga, const engine::open_operation& open) {
  return !saga.abandoned(open.operation) && !saga.final() && !open.accepted &&
         (open.blocked || open.last_error != engine::cause::none);
}

const engine::open_operation* worst_of(const engine::saga& saga) {
  const engine::open_operation* found = nullptr;
  const auto order = [](const engine::open_operation& one) {
    return std::tuple(!one.blocked, one.operation.step, static_cast<int>(one.operation.side));
  };
  for (const auto& open : saga.open) {
    if (shows(saga, open) && (found == nullptr || order(open) < order(*found))) found = &open;
  }
  return found;
}

bool accepts(const engine::record& record) {
  return std::any_of(record.events.begin(), record.events.end(),
                     [](const engine::event& one) { return one.what == engine::fact::accepted; });
}

void expect_the_same(const row& row, const engine::saga& saga, bool with_detail) {
  ASSERT_EQ(name(state_of(row)), engine::shown_state(saga));
  ASSERT_EQ(row.seq, saga.seq);
  ASSERT_EQ(row.started, saga.started);
  ASSERT_EQ(row.changed, saga.changed);
  ASSERT_EQ(row.phase, saga.phase);
  ASSERT_EQ(row.turned.why, saga.turned_back_by);
  if (row.turned.by_a_step()) {
    ASSERT_EQ(row.turned.step, saga.turned_back_at);
  }
  ASSERT_EQ(row.turned.detail, beginning(saga.why));
  const auto* expected = worst_of(saga);
  const auto* found = worst(row);
  ASSERT_EQ(found == nullptr, expected == nullptr);
  if (found == nullptr) return;
  ASSERT_EQ(found->operation, expected->operation);
  ASSERT_EQ(found->blocked, expected->blocked);
  ASSERT_EQ(found->error, expected->last_error);
  ASSERT_EQ(found->status, expected->last_status);
  if (found->blocked) {
    ASSERT_EQ(found->blocked_by, expected->blocked_by);
  }
  if (with_detail) {
    ASSERT_EQ(found->detail, beginning(expected->text));
  }
}

// Every prefix of a random saga's records, projected, is what the engine says of it.
void follow(std::uint64_t seed, int inputs, bool to_the_end) {
  random_play play(seed);
  play.run(inputs);
  if (to_the_end) play.finish();
  engine::saga saga;
  saga.id = play.played().now().id;
  saga.definition = play.played().now().definition;
  row row;
  row.id = saga.id;
  bool accepted = false;  // from then on the engine's text is, for a while, where to poll
  for (const auto& record : play.played().records()) {
    accepted |= accepts(record);
    engine::apply(saga, record);
    project(row, record);
    row = kept_and_read_back(row);
    expect_the_same(row, saga, !accepted);
    if (testing::Test::HasFatalFailure()) {
      ADD_FAILURE() << "seed " << seed << ", record " << record.seq;
      return;
    }
  }
}

TEST(projecting, gives_what_the_engine_says_at_every_record) {
  for (std::uint64_t seed = 5'000'000; seed < 5'002'000 && !testing::Test::HasFailure(); ++seed) {
    follow(seed, 60, seed % 2 == 0);
  }
}

TEST(projecting, takes_from_the_start_what_it_names) {
  engine::record record;
  record.seq = 1;
  record.at = 1000;
  auto& event = record.events.emplace_back();
  event.what = engine::fact::started;
  event.content = digest_of("content");
  event.text = "order-1";
  event.actor = "shop";
  event.attempt = 3;
  event.more = R"({"region":"eu"})";
  row row;
  project(row, record);
  EXPECT_EQ(row.definition, digest_of("content"));
  EXPECT_EQ(row.version, 3U);
  EXPECT_EQ(row.key, "order-1");
  EXPECT_EQ(row.starter, "shop");
  EXPECT_EQ(row.labels, R"({"region":"eu"})");
  EXPECT_EQ(row.started, 1000);
  EXPECT_EQ(state_of(row), shown::running);
}

TEST(projecting, shows_a_saga_of_which_records_are_missing_as_stuck_from_then_on) {
  row row;
  engine::record record;
  record.seq = 3;
  record.phase_after = lifecycle::phase::completed;
  project(row, record);
  EXPECT_EQ(state_of(row), shown::stuck);
  EXPECT_THAT(row.broken, testing::HasSubstr("record 1 is missing"));
  const auto broken = row;
  record.seq = 4;
  project(row, record);
  EXPECT_EQ(row, broken);
}

TEST(projecting, shows_a_saga_whose_record_cannot_be_read_as_stuck) {
  row row;
  journal::stored_record stored;
  stored.saga = saga_id::make(1000, 3, 9);
  stored.position = 12;
  stored.seq = 1;
  stored.bytes = "no record";
  project(row, stored);
  EXPECT_EQ(state_of(row), shown::stuck);
  EXPECT_THAT(row.broken, testing::HasSubstr("record 1 cannot be read"));
  EXPECT_EQ(row.position, 12U);
  EXPECT_EQ(row.id, stored.saga);
}

TEST(rows, are_read_back_as_they_were_packed) {
  row row;
  EXPECT_EQ(pack(row), "");
  row.broken = "why";
  row.turned = {engine::cause::deadline, 200, "late"};
  trouble one;
  one.operation = {255, engine::side::compensation};
  one.blocked = true;
  one.error = engine::cause::server_error;
  one.blocked_by = engine::cause::budget_spent;
  one.status = 503;
  one.detail = "down";
  row.troubles = {one, trouble{}};
  EXPECT_EQ(kept_and_read_back(row), row);
  const auto packed = pack(row);
  for (std::size_t size = 1; size < packed.size(); ++size) {
    views::row cut;
    EXPECT_FALSE(unpack(packed.substr(0, size), cut)) << size;
  }
  views::row longer;
  EXPECT_FALSE(unpack(packed + "x", longer));
}

TEST(details, are_cut_between_characters) {
  EXPECT_EQ(beginning("short"), "short");
  const std::string just(detail_bytes_max, 'a');
  EXPECT_EQ(beginning(just), just);
  EXPECT_EQ(beginning(just + "b"), just);
  const auto in_the_middle = std::string(detail_bytes_max - 1, 'a') + "\xC3\xA9";
  EXPECT_EQ(beginning(in_the_middle), std::string(detail_bytes_max - 1, 'a'));
}

}  // namespace
}  // namespace sagad::views

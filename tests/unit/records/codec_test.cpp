#include "records/codec.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "records/as_json.hpp"
#include "tests/support/random_play.hpp"
#include "tests/support/sample_records.hpp"

namespace {

using sagad::half_digest;
using sagad::millis;
using sagad::never;
using sagad::engine::event;
using sagad::engine::fact;
using sagad::engine::record;
using sagad::records::decode;
using sagad::records::encode;
using sagad::records::unreadable;
using sagad::tests::random_play;
using sagad::tests::sample_records;

record read(const std::string& bytes) {
  auto outcome = decode(bytes);
  if (const auto* damaged = std::get_if<unreadable>(&outcome)) throw std::runtime_error(damaged->why);
  return std::get<record>(std::move(outcome));
}

void expect_same(const event& left, const event& right) {
  EXPECT_EQ(left.what, right.what);
  EXPECT_EQ(left.operation, right.operation);
  EXPECT_EQ(left.why, right.why);
  EXPECT_EQ(left.command, right.command);
  EXPECT_EQ(left.flag, right.flag);
  EXPECT_EQ(left.status, right.status);
  EXPECT_EQ(left.generation, right.generation);
  EXPECT_EQ(left.attempt, right.attempt);
  EXPECT_EQ(left.at, right.at);
  EXPECT_EQ(left.content, right.content);
  EXPECT_EQ(left.body, right.body);
  EXPECT_EQ(left.text, right.text);
  EXPECT_EQ(left.more, right.more);
  EXPECT_EQ(left.actor, right.actor);
}

void expect_same(const record& left, const record& right) {
  EXPECT_EQ(left.seq, right.seq);
  EXPECT_EQ(left.at, right.at);
  EXPECT_EQ(left.cause, right.cause);
  EXPECT_EQ(left.phase_after, right.phase_after);
  EXPECT_EQ(left.forced_after, right.forced_after);
  ASSERT_EQ(left.events.size(), right.events.size());
  for (std::size_t at = 0; at < left.events.size(); ++at) expect_same(left.events[at], right.events[at]);
  ASSERT_EQ(left.released.size(), right.released.size());
  for (std::size_t at = 0; at < left.released.size(); ++at) {
    EXPECT_EQ(left.released[at].operation, right.released[at].operation);
    EXPECT_EQ(left.released[at].generation, right.released[at].generation);
    EXPECT_EQ(half_digest(left.released[at].request), half_digest(right.released[at].request));
  }
}

record with(const event& one) {
  record made;
  made.seq = 2;
  made.at = 1'700'000'000'000;
  made.events.push_back(one);
  return made;
}

// In each format that there is.
class codec : public testing::TestWithParam<int> {
 protected:
  static std::string bytes_of(const record& made) {
    return sagad::tests::bytes_of(made, static_cast<std::uint8_t>(GetParam()));
  }
};

INSTANTIATE_TEST_SUITE_P(of_format, codec, testing::Range(1, sagad::newest_record_format() + 1),
                         testing::PrintToStringParamName());

TEST_P(codec, reads_back_every_kind_of_record) {
  for (const auto& sample : sample_records()) {
    SCOPED_TRACE(sample.name);
    const auto bytes = bytes_of(sample.record);
    EXPECT_EQ(bytes.front(), GetParam());
    expect_same(read(bytes), sample.record);
  }
}

TEST_P(codec, reads_back_the_records_of_random_sagas_and_writes_the_same_bytes_again) {
  std::size_t records = 0;
  for (std::uint64_t seed = 3'000'000; seed < 3'000'300; ++seed) {
    random_play saga(seed);
    saga.run(40);
    for (const auto& made : saga.played().records()) {
      const auto bytes = bytes_of(made);
      const auto again = read(bytes);
      expect_same(again, made);
      EXPECT_EQ(bytes_of(again), bytes);
      ++records;
    }
  }
  EXPECT_GT(records, 1000U);
}

TEST_P(codec, appends_to_what_is_there) {
  std::string bytes = "before";
  encode(sample_records().front().record, bytes, static_cast<std::uint8_t>(GetParam()));
  EXPECT_EQ(bytes.substr(0, 6), "before");
  EXPECT_EQ(bytes.substr(6), bytes_of(sample_records().front().record));
}

TEST_P(codec, reads_back_the_largest_and_the_smallest_numbers) {
  event most;
  most.what = fact::failed;
  most.operation = {255, sagad::engine::side::compensation};
  most.status = std::numeric_limits<std::uint16_t>::max();
  most.generation = std::numeric_limits<std::uint16_t>::max();
  most.attempt = std::numeric_limits<std::uint32_t>::max();
  auto made = with(most);
  made.seq = std::numeric_limits<std::uint32_t>::max();
  const auto bytes = bytes_of(made);
  expect_same(read(bytes), made);
}

TEST_P(codec, reads_back_any_two_times) {
  const millis times[] = {std::numeric_limits<millis>::min(), -1, 0, 1, 1'700'000'000'000, never - 1, never};
  for (auto at : times) {
    for (auto event_at : times) {
      for (auto what : {fact::failed, fact::recovered}) {
        event one;
        one.what = what;
        one.at = event_at;
        auto made = with(one);
        made.at = at;
        const auto bytes = bytes_of(made);
        expect_same(read(bytes), made);
      }
    }
  }
}

TEST_P(codec, keeps_texts_byte_for_byte) {
  event one;
  one.what = fact::done;
  const std::string body(100'000, '\x80');
  one.body = body;
  one.text = std::string_view("\0\n\xFF", 3);
  one.more = "m";
  one.actor = "a";
  const auto made = with(one);
  const auto bytes = bytes_of(made);
  expect_same(read(bytes), made);
}

TEST_P(codec, points_into_the_bytes_that_it_read) {
  event one;
  one.what = fact::done;
  one.body = "{}";
  const auto bytes = bytes_of(with(one));
  const auto made = read(bytes);
  EXPECT_GE(made.events[0].body.data(), bytes.data());
  EXPECT_LE(made.events[0].body.data() + 2, bytes.data() + bytes.size());
}

TEST_P(codec, holds_as_many_events_and_releases_as_a_saga_has_steps) {
  record made;
  made.seq = 5;
  for (int step = 0; step < 256; ++step) {
    auto& event = made.events.emplace_back();
    event.what = fact::lost;
    event.operation.step = static_cast<sagad::step_no>(step);
    made.released.push_back({{static_cast<sagad::step_no>(step), sagad::engine::side::action}, 1, {}});
  }
  const auto bytes = bytes_of(made);
  expect_same(read(bytes), made);
}

TEST_P(codec, spends_few_bytes_on_a_common_record) {
  event one;
  one.what = fact::done;
  one.generation = 1;
  one.attempt = 1;
  one.status = 200;
  one.body = "{}";
  EXPECT_LE(bytes_of(with(one)).size(), GetParam() == 1 ? 23U : 15U);
}

TEST(codec_of_format_1, keeps_all_of_what_was_released) {
  const auto released = sample_records().front().record.released.front();
  const auto bytes = sagad::tests::bytes_of(sample_records().front().record, 1);
  EXPECT_EQ(read(bytes).released.front().request, released.request);
}

TEST(codec_of_format_2, keeps_half_of_what_was_released) {
  const auto released = sample_records().front().record.released.front();
  const auto bytes = sagad::tests::bytes_of(sample_records().front().record, 2);
  const auto request = read(bytes).released.front().request;
  EXPECT_EQ(half_digest(request), half_digest(released.request));
  for (std::size_t at = half_digest{}.bytes.size(); at < request.bytes.size(); ++at) EXPECT_EQ(request.bytes.at(at), 0);
}

TEST(codec_of_format_2, takes_fewer_bytes_for_each_record) {
  for (const auto& sample : sample_records()) {
    EXPECT_LT(sagad::tests::bytes_of(sample.record, 2).size(), sagad::tests::bytes_of(sample.record, 1).size())
        << sample.name;
  }
}

TEST(a_format_that_there_is_not, is_not_written) {
  std::string bytes;
  EXPECT_THROW(encode(sample_records().front().record, bytes, 0), std::logic_error);
  EXPECT_THROW(encode(sample_records().front().record, bytes, sagad::newest_record_format() + 1), std::logic_error);
  EXPECT_EQ(bytes, "");
}

}  // namespace

// What format 2 leaves out, and what it refuses: what no program wrote is damage.
#include <gtest/gtest.h>

#include "records/codec.hpp"
#include "tests/support/sample_records.hpp"

namespace {

using sagad::engine::cause;
using sagad::engine::event;
using sagad::engine::fact;
using sagad::engine::record;
using namespace std::string_literals;

std::string refusal_of(const std::string& bytes) {
  const auto outcome = sagad::records::decode(bytes);
  const auto* damaged = std::get_if<sagad::records::unreadable>(&outcome);
  return damaged == nullptr ? "it is readable" : damaged->why;
}

// A reply (2), forward (1 << 3), seq 2, time 0; then what is given.
const std::string head = "\x02\x0A\x02\x00"s;

// One event, and nothing released.
std::string of_one_event(const std::string& bytes) {
  return head + "\x04"s + bytes;
}

// The bytes of a record that has this event alone.
std::string written(const event& one) {
  record made;
  made.cause = sagad::engine::input_kind::reply;
  made.seq = 2;
  made.events.push_back(one);
  return sagad::tests::bytes_of(made, 2);
}

TEST(format_2, says_nothing_of_what_is_usual) {
  event one;
  one.what = fact::done;
  one.operation.step = 1;
  one.status = 200;
  one.generation = one.attempt = 1;
  one.body = "{}";
  EXPECT_EQ(written(one), of_one_event("\x02\x02\x02{}"s));
  one.status = 201;
  EXPECT_EQ(written(one), of_one_event("\x82\x06\x02\xC9\x01\x02{}"s));
  one.status = 200;
  one.attempt = 2;
  EXPECT_EQ(written(one), of_one_event("\x82\x18\x02\x02\x02{}"s));
}

TEST(format_2, has_an_operation_in_one_number) {
  event one;
  one.what = fact::enlisted;
  one.operation = {63, sagad::engine::side::compensation};
  EXPECT_EQ(written(one), of_one_event("\x0D\x7F"s));
  one.operation = {64, sagad::engine::side::action};
  EXPECT_EQ(written(one), of_one_event("\x0D\x80\x01"s));
  EXPECT_EQ(refusal_of(of_one_event("\x0D\xFF\x03"s)), "it is readable") << "the last step's compensation";
  EXPECT_EQ(refusal_of(of_one_event("\x0D\x80\x04"s)), "operation is too large");
}

TEST(format_2, counts_events_and_releases_in_one_number) {
  for (std::size_t releases : {0U, 1U, 2U, 3U, 4U, 300U}) {
    record made;
    made.seq = 2;
    for (std::size_t step = 0; step < releases; ++step) {
      made.released.push_back({{static_cast<sagad::step_no>(step % 256), sagad::engine::side::action}, 1, {}});
    }
    const auto bytes = sagad::tests::bytes_of(made, 2);
    const auto outcome = sagad::records::decode(bytes);
    EXPECT_EQ(std::get<record>(outcome).released.size(), releases);
  }
}

TEST(format_2, refuses_numbers_of_the_head_that_mean_nothing) {
  const auto with = [](int value) { return refusal_of("\x02"s + static_cast<char>(value) + "\x02\x00\x00"s); };
  EXPECT_EQ(with(0x0A), "it is readable");
  EXPECT_EQ(with(0x4A), "it is readable") << "forced";
  EXPECT_EQ(with(0x08), "input 0 is not known");
  EXPECT_EQ(with(0x0F), "input 7 is not known");
  EXPECT_EQ(with(0x02), "phase 0 is not known");
  EXPECT_EQ(with(0x8A), "flags 2 is not known");
}

TEST(format_2, refuses_facts_causes_and_commands_that_it_does_not_know) {
  EXPECT_EQ(refusal_of(of_one_event("\x00"s)), "event 0 is not known");
  EXPECT_EQ(refusal_of(of_one_event("\x16"s)), "event 22 is not known");
  EXPECT_EQ(refusal_of(of_one_event("\x96\x01"s)), "event 22 is not known");
  EXPECT_EQ(refusal_of(of_one_event("\x11\x02\x16"s)), "it is readable") << "given up by what is the last cause";
  EXPECT_EQ(refusal_of(of_one_event("\x11\x02\x17"s)), "cause 23 is not known");
  EXPECT_EQ(refusal_of(of_one_event("\x11\x02\x00"s)), "cause 0 is not known");
  EXPECT_EQ(refusal_of(of_one_event("\x0C\x01i\x01r\x08\x01"
                                    "a"s)),
            "it is readable");
  EXPECT_EQ(refusal_of(of_one_event("\x0C\x01i\x01r\x09\x01"
                                    "a"s)),
            "command 9 is not known");
}

TEST(format_2, refuses_a_mask_that_is_not_needed_or_not_known) {
  EXPECT_EQ(refusal_of(of_one_event("\x8D\x00\x02"s)), "an event's fields are the usual ones, and told all the same");
  EXPECT_EQ(refusal_of(of_one_event("\x8D\x80\x80\x10"s)), "an event has fields that are not known");
  EXPECT_EQ(refusal_of(of_one_event("\x8D\x80\x80\x80\x80\x10"s)), "field mask is too large");
}

TEST(format_2, refuses_what_it_would_have_left_out_or_told_in_fewer_bytes) {
  const auto needless = "an event's fields are not those that it needs";
  EXPECT_EQ(refusal_of(of_one_event("\x0D\x00"s)), needless) << "the first step's action is what is meant without";
  EXPECT_EQ(refusal_of(of_one_event("\x82\x06\x02\xC8\x01\x02{}"s)), needless) << "status 200 is a bit";
  EXPECT_EQ(refusal_of(of_one_event("\x82\x18\x02\x01\x02{}"s)), needless) << "the first attempt is a bit";
  EXPECT_EQ(refusal_of(of_one_event("\x02\x02\x00"s)), needless) << "an empty text";
  EXPECT_EQ(refusal_of(of_one_event("\x82\x02\x02\xC9\x01\x02{}"s)), needless) << "two statuses";
  const std::string half(16, 'h');
  EXPECT_EQ(refusal_of(head + "\x01\x04"s + half), "it is readable");
  EXPECT_EQ(refusal_of(head + "\x01\x05\x02"s + half), "it is readable");
  EXPECT_EQ(refusal_of(head + "\x01\x05\x01"s + half), "a first generation is told, which goes without saying");
}

TEST(format_2, refuses_counts_past_its_end_without_believing_them) {
  EXPECT_EQ(refusal_of(head + "\xFC\xFF\x0F"s), "it ends early");
  EXPECT_EQ(refusal_of(head + "\x80\x80\x10"s), "number of events is too large");
  EXPECT_EQ(refusal_of(head + "\x03\xFF\xFF\x03"s), "it ends early");
  EXPECT_EQ(refusal_of(head + "\x03\x80\x80\x04"s), "number of releases is too large");
}

}  // namespace

// What no program wrote is damage: it is told, never read as something else.
#include <gtest/gtest.h>

#include "records/codec.hpp"
#include "tests/support/random_definition.hpp"
#include "tests/support/sample_records.hpp"

namespace {

using sagad::engine::record;
using sagad::records::decode;
using sagad::records::unreadable;
using sagad::tests::bytes_of;
using sagad::tests::random_source;
using sagad::tests::sample_records;
using namespace std::string_literals;

std::string why_not(const std::string& bytes) {
  const auto outcome = decode(bytes);
  const auto* damaged = std::get_if<unreadable>(&outcome);
  return damaged == nullptr ? "it is readable" : damaged->why;
}

// Format 1, a reply, forward, not forced, seq 2, time 0; then what is given.
std::string after_head(const std::string& rest) {
  return "\x01\x02\x01\x00\x02\x00"s + rest;
}

// One event, and nothing released.
std::string with_event(const std::string& event) {
  return after_head("\x01"s + event + "\x00"s);
}

const std::uint8_t formats[] = {1, 2};

TEST(codec_refuses, every_beginning_of_a_record) {
  for (const auto& sample : sample_records()) {
    for (const auto format : formats) {
      const auto bytes = bytes_of(sample.record, format);
      for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_NE(why_not(bytes.substr(0, size)), "it is readable") << sample.name << " cut to " << size;
      }
    }
  }
}

TEST(codec_refuses, what_follows_a_record) {
  for (const auto& sample : sample_records()) {
    for (const auto format : formats) {
      EXPECT_EQ(why_not(bytes_of(sample.record, format) + '\0'), "bytes follow its end") << sample.name;
    }
  }
}

TEST(codec_refuses, formats_that_it_does_not_know_and_says_which) {
  auto bytes = bytes_of(sample_records().front().record);
  for (int format : {0, 3, 255}) {
    bytes[0] = static_cast<char>(format);
    EXPECT_EQ(why_not(bytes), "format " + std::to_string(format) + " is not known (this program reads up to 2)");
  }
}

TEST(codec_refuses, numbers_of_the_head_that_mean_nothing) {
  const auto bytes = after_head("\x00\x00"s);
  EXPECT_EQ(why_not(bytes), "it is readable");
  const auto changed = [&](std::size_t at, int value) {
    auto other = bytes;
    other[at] = static_cast<char>(value);
    return why_not(other);
  };
  for (int value : {0, 7, 255}) EXPECT_EQ(changed(1, value), "input " + std::to_string(value) + " is not known");
  for (int value : {0, 8, 255}) EXPECT_EQ(changed(2, value), "phase " + std::to_string(value) + " is not known");
  for (int value : {2, 3, 128}) EXPECT_EQ(changed(3, value), "flags " + std::to_string(value) + " is not known");
}

TEST(codec_refuses, facts_that_it_does_not_know) {
  EXPECT_EQ(why_not(with_event("\x0F\x00"s)), "it is readable");
  EXPECT_EQ(why_not(with_event("\x00\x00"s)), "event 0 is not known");
  EXPECT_EQ(why_not(with_event("\x16\x00"s)), "event 22 is not known");
}

TEST(codec_refuses, fields_that_it_does_not_know) {
  EXPECT_EQ(why_not(with_event("\x0F\x80\x80\x02"s)), "an event has fields that are not known");
  EXPECT_EQ(why_not(with_event("\x0F\x80\x80\x80\x80\x10"s)), "field mask is too large");
}

TEST(codec_refuses, sides_causes_and_commands_that_it_does_not_know) {
  EXPECT_EQ(why_not(with_event("\x05\x01\x00\x02"s)), "it is readable");
  EXPECT_EQ(why_not(with_event("\x05\x01\x00\x00"s)), "side 0 is not known");
  EXPECT_EQ(why_not(with_event("\x05\x01\x00\x03"s)), "side 3 is not known");
  EXPECT_EQ(why_not(with_event("\x05\x02\x16"s)), "it is readable");
  EXPECT_EQ(why_not(with_event("\x05\x02\x00"s)), "cause 0 is not known");
  EXPECT_EQ(why_not(with_event("\x05\x02\x17"s)), "cause 23 is not known");
  EXPECT_EQ(why_not(with_event("\x0C\x04\x08"s)), "it is readable");
  EXPECT_EQ(why_not(with_event("\x0C\x04\x00"s)), "command 0 is not known");
  EXPECT_EQ(why_not(with_event("\x0C\x04\x09"s)), "command 9 is not known");
}

TEST(codec_refuses, numbers_that_do_not_fit_or_are_padded) {
  EXPECT_EQ(why_not(with_event("\x05\x10\xFF\xFF\x03"s)), "it is readable");
  EXPECT_EQ(why_not(with_event("\x05\x10\x80\x80\x04"s)), "status is too large");
  EXPECT_EQ(why_not(with_event("\x05\x20\x80\x80\x80\x80\x10"s)), "generation is too large");
  EXPECT_EQ(why_not(with_event("\x05\x40\x80\x80\x80\x80\x10"s)), "attempt is too large");
  EXPECT_EQ(why_not(with_event("\x05\x10\x81\x00"s)), "a number is longer than it must be");
  EXPECT_EQ(why_not("\x01\x02\x01\x00\x02\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x00\x00"s), "it is readable");
  EXPECT_EQ(why_not("\x01\x02\x01\x00\x02\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02\x00\x00"s),
            "a number is longer than it must be");
}

TEST(codec_refuses, fields_that_are_present_and_say_nothing) {
  const auto needless = "an event's fields are not those that it needs";
  EXPECT_EQ(why_not(with_event("\x05\x01\x00\x01"s)), needless) << "the first step's action is what is meant without";
  EXPECT_EQ(why_not(with_event("\x05\x10\x00"s)), needless);
  EXPECT_EQ(why_not(with_event("\x05\x80\x04\x00"s)), needless) << "an empty text";
  EXPECT_EQ(why_not(with_event("\x05\x80\x02"s + std::string(32, '\0'))), needless) << "a digest of zeros";
  EXPECT_EQ(why_not(with_event("\x05\x80\x40"s)), needless) << "a plain time that is absent";
}

TEST(codec_refuses, counts_past_its_end_without_believing_them) {
  EXPECT_EQ(why_not(after_head("\xFF\xFF\x03"s)), "it ends early");
  EXPECT_EQ(why_not(after_head("\x80\x80\x04"s)), "number of events is too large");
  EXPECT_EQ(why_not(with_event("\x05\x80\x08\xFF\xFF\xFF\xFF\x7F"s)), "it ends early") << "a text of 32 GiB";
}

// Whatever the bytes: refused, or a record that is written as those bytes again.
TEST(codec_refuses, or_reads_what_it_would_write) {
  random_source random(1);
  const auto samples = sample_records();
  std::size_t readable = 0;
  for (int count = 0; count < 40'000; ++count) {
    const auto format = formats[random() % 2];
    auto bytes = bytes_of(samples[random() % samples.size()].record, format);
    for (auto changes = 1 + random() % 3; changes > 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    const auto outcome = decode(bytes);
    if (const auto* made = std::get_if<record>(&outcome)) {
      EXPECT_EQ(bytes_of(*made, static_cast<std::uint8_t>(bytes[0])), bytes);
      ++readable;
    }
  }
  EXPECT_GT(readable, 1000U) << "a changed text is still a text: that is what checksums are for";
}

}  // namespace

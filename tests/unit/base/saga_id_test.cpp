#include "base/saga_id.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "base/saga_id_range.hpp"

namespace {

using sagad::partition_no;
using sagad::saga_id;
using sagad::saga_ids_beginning_with;

TEST(saga_id, says_when_and_in_which_partition_it_was_made) {
  const auto id = saga_id::make(1'700'000'000'123, 255, 0xFEDCBA9876543210);
  EXPECT_EQ(id.made_at(), 1'700'000'000'123);
  EXPECT_EQ(id.partition(), 255);
}

TEST(saga_id, is_written_as_26_characters_of_crockfords_base32) {
  EXPECT_EQ(saga_id{}.text(), "00000000000000000000000000");
  saga_id highest;
  highest.bytes.fill(0xFF);
  EXPECT_EQ(highest.text(), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
  EXPECT_EQ(saga_id::make(0, 0, 31).text(), "0000000000000000000000000Z");
  EXPECT_EQ(saga_id::make(0, 0, 32).text(), "00000000000000000000000010");
  EXPECT_EQ(saga_id::make(1'700'000'000'000, 7, 0x0123456789ABCDEF).text(), "01HF7YAT00003G28T5CY4TQKFF");
}

TEST(saga_id, is_read_back_from_its_text) {
  std::mt19937_64 random(1);
  for (int count = 0; count < 1000; ++count) {
    const auto at = static_cast<sagad::millis>(random() >> 16U);
    const auto id = saga_id::make(at, static_cast<partition_no>(random() % sagad::partitions), random());
    const auto read = saga_id::parse(id.text());
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, id);
  }
}

TEST(saga_id, refuses_every_other_letter_at_every_place) {
  const auto text = saga_id::make(1'700'000'000'000, 7, 0x0123456789ABCDEF).text();
  const std::string letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int letter = 0; letter < 256; ++letter) {
      auto changed = text;
      changed[at] = static_cast<char>(letter);
      const bool known = letters.find(static_cast<char>(letter)) != std::string::npos;
      const bool fits = at != 0 || (letter >= '0' && letter <= '7');
      const auto read = saga_id::parse(changed);
      // The partition's upper bits are in letters 9 to 11; without them it is one that there may be.
      const bool of_partition = at >= 9 && at <= 11;
      if (of_partition && known && !read) continue;
      EXPECT_EQ(read.has_value(), known && fits) << "letter " << letter << " at " << at;
    }
  }
}

TEST(saga_id, refuses_a_partition_that_there_is_not) {
  EXPECT_TRUE(saga_id::parse(saga_id::make(1, sagad::partitions - 1, 1).text()));
  for (const partition_no partition : {sagad::partitions, partition_no{65'535}}) {
    EXPECT_FALSE(saga_id::parse(saga_id::make(1, partition, 1).text()));
  }
}

TEST(saga_id, refuses_every_other_length) {
  const auto text = saga_id{}.text();
  for (std::size_t length = 0; length < 60; ++length) {
    EXPECT_EQ(saga_id::parse(std::string(length, '0')).has_value(), length == 26) << length;
  }
  EXPECT_FALSE(saga_id::parse(text + "\n"));
  EXPECT_FALSE(saga_id::parse({}));
}

TEST(saga_id, sorts_by_time_as_value_and_as_text) {
  const auto earlier = saga_id::make(1'700'000'000'000, 255, UINT64_MAX);
  const auto later = saga_id::make(1'700'000'000'001, 0, 0);
  EXPECT_LT(earlier, later);
  EXPECT_LT(earlier.text(), later.text());
}

TEST(saga_id, hashes_its_random_half) {
  std::set<std::size_t> hashes;
  for (std::uint64_t random = 0; random < 100; ++random) {
    hashes.insert(sagad::saga_id_hash{}(saga_id::make(0, 0, random)));
  }
  EXPECT_EQ(hashes.size(), 100U);
}

TEST(saga_id, ids_that_begin_alike_lie_together) {
  const auto id = saga_id::make(1'800'000'000'000, 200, 0x0123456789ABCDEF);
  for (std::size_t size = 1; size <= saga_id::text_size; ++size) {
    const auto range = saga_ids_beginning_with(id.text().substr(0, size));
    ASSERT_TRUE(range) << size;
    EXPECT_LE(range->first, id);
    EXPECT_LE(id, range->second);
    EXPECT_EQ(range->first == range->second, size == saga_id::text_size);
  }
  EXPECT_FALSE(saga_ids_beginning_with(""));
  EXPECT_FALSE(saga_ids_beginning_with("8"));
  EXPECT_FALSE(saga_ids_beginning_with("u"));
  EXPECT_FALSE(saga_ids_beginning_with(id.text() + "0"));
}

}  // namespace

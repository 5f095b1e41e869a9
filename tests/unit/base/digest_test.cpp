#include "base/digest.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace {

using sagad::digest;
using sagad::digest_of;
using sagad::digest_of_fields;

TEST(digest, is_sha_256) {
  // FIPS 180-4's examples.
  EXPECT_EQ(digest_of("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest_of("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest_of(std::string(1'000'000, 'a')).hex(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(digest, of_fields_is_over_each_ones_length_and_bytes) {
  using namespace std::string_view_literals;
  EXPECT_EQ(digest_of_fields({}), digest_of(""));
  EXPECT_EQ(digest_of_fields({"ab", ""}), digest_of("\x02\0\0\0\0\0\0\0ab\0\0\0\0\0\0\0\0"sv));
  const std::string large(300, 'x');
  EXPECT_EQ(digest_of_fields({large}), digest_of(std::string("\x2c\x01\0\0\0\0\0\0"sv) + large));
}

TEST(digest, of_fields_is_the_same_for_fields_of_any_size) {
  const auto length = [](std::size_t size) {
    std::string text(8, '\0');
    text[0] = static_cast<char>(size & 0xFFU);
    text[1] = static_cast<char>(size >> 8U);
    return text;
  };
  for (std::size_t size = 0; size < 1100; ++size) {
    const std::string field(size, 'x');
    EXPECT_EQ(digest_of_fields({"ab", field, field, "c"}),
              digest_of(length(2) + "ab" + length(size) + field + length(size) + field + length(1) + "c"));
  }
}

TEST(digest, of_fields_tells_lists_apart_that_join_to_the_same) {
  const std::set<std::string> digests{
      digest_of_fields({"POST", "/a", "b"}).hex(), digest_of_fields({"POST", "/ab", ""}).hex(),
      digest_of_fields({"POST", "", "/ab"}).hex(), digest_of_fields({"POST/", "a", "b"}).hex(),
      digest_of_fields({"POST", "/ab"}).hex(),     digest_of_fields({"POST/ab"}).hex(),
  };
  EXPECT_EQ(digests.size(), 6U);
}

TEST(digest, is_read_back_from_its_text) {
  const auto value = digest_of("abc");
  EXPECT_EQ(digest::parse_hex(value.hex()), value);
  EXPECT_EQ(digest::parse_hex(std::string(64, '0')), digest{});
}

TEST(digest, refuses_a_text_that_is_not_one) {
  const auto text = digest_of("abc").hex();
  EXPECT_FALSE(digest::parse_hex(""));
  EXPECT_FALSE(digest::parse_hex(text.substr(1)));
  EXPECT_FALSE(digest::parse_hex(text + "0"));
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (char letter : {'g', 'A', ' ', '/', ':', '`', '\0'}) {
      auto changed = text;
      changed[at] = letter;
      EXPECT_FALSE(digest::parse_hex(changed)) << letter << " at " << at;
    }
  }
}

TEST(digest, is_the_same_on_every_thread) {
  digest elsewhere;
  std::thread([&] { elsewhere = digest_of("abc"); }).join();
  EXPECT_EQ(elsewhere, digest_of("abc"));
}

}  // namespace

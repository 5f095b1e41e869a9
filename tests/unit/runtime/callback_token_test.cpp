#include "runtime/callback_token.hpp"

#include <gtest/gtest.h>

#include <cctype>

namespace sagad::runtime {
namespace {

const std::string key_one(32, 'a');
const std::string key_two(32, 'b');

callback_target a_target() {
  return {saga_id::make(1'700'000'000'000, 200, 0xFEDCBA9876543210), {255, engine::side::compensation}, 65535};
}

TEST(callback_token, what_was_signed_is_what_is_read) {
  const callback_signer signer({key_one});
  const auto token = signer.sign(a_target());
  const auto read = signer.verify(token);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, a_target());
  EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            std::string::npos);
  EXPECT_EQ(signer.sign(a_target()), token) << "the same for all attempts, on every node, after a restart";
}

TEST(callback_token, every_other_text_is_refused) {
  const callback_signer signer({key_one});
  const auto token = signer.sign(a_target());
  for (std::size_t at = 0; at < token.size(); ++at) {
    for (const char other : std::string("AZaz09-_=+/ %\0", 14)) {
      auto forged = token;
      if (forged[at] == other) continue;
      forged[at] = other;
      EXPECT_FALSE(signer.verify(forged)) << at << " as " << other;
    }
  }
}

TEST(callback_token, another_case_length_or_encoding_is_refused) {
  const callback_signer signer({key_one});
  const auto token = signer.sign(a_target());
  std::string upper;
  std::string lower;
  for (const char letter : token) {
    upper += static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    lower += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  EXPECT_FALSE(signer.verify(upper));
  EXPECT_FALSE(signer.verify(lower));
  for (std::size_t size = 0; size < token.size(); ++size) EXPECT_FALSE(signer.verify(token.substr(0, size)));
  EXPECT_FALSE(signer.verify(token + "A"));
  EXPECT_FALSE(signer.verify(token + "="));
  EXPECT_FALSE(signer.verify(token + token));
  EXPECT_FALSE(signer.verify(" " + token));
}

// The last letter of a base64url text may have bits that no byte comes of: the same bytes, another text.
TEST(callback_token, the_same_bytes_in_another_text_are_refused) {
  const callback_signer signer({key_one});
  const auto token = signer.sign(a_target());
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  int others = 0;
  for (const char letter : alphabet) {
    auto again = token;
    again.back() = letter;
    if (again == token) continue;
    ++others;
    EXPECT_FALSE(signer.verify(again)) << letter;
  }
  EXPECT_EQ(others, 63);
}

TEST(callback_token, a_token_of_another_key_is_refused_and_one_of_an_older_key_is_not) {
  const callback_signer before({key_one});
  const callback_signer rotated({key_one, key_two});
  const callback_signer foreign({key_two});
  const auto token = before.sign(a_target());
  EXPECT_TRUE(rotated.verify(token));
  EXPECT_FALSE(foreign.verify(token));
  const auto newer = rotated.sign(a_target());
  EXPECT_NE(newer, token);
  EXPECT_TRUE(rotated.verify(newer));
  EXPECT_FALSE(before.verify(newer)) << "it names a key that is not there";
}

TEST(callback_token, each_part_of_the_target_makes_another_token) {
  const callback_signer signer({key_one});
  const auto token = signer.sign(a_target());
  auto other = a_target();
  other.generation = 1;
  EXPECT_NE(signer.sign(other), token);
  other = a_target();
  other.operation.side = engine::side::action;
  EXPECT_NE(signer.sign(other), token);
  other = a_target();
  other.operation.step = 0;
  EXPECT_NE(signer.sign(other), token);
  other = a_target();
  other.saga.bytes[15] ^= 1;
  EXPECT_NE(signer.sign(other), token);
}

}  // namespace
}  // namespace sagad::runtime

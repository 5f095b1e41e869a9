// A callback's token, any text: none is believed but the one that the same key signs for the same target. The first
// bytes name a target, too: its own token is believed as just that, and not when any one of its characters is another.
#include <cstring>

#include "runtime/callback_token.hpp"
#include "tests/fuzz/property.hpp"

namespace sagad::fuzz {
namespace {

// The older key, which still checks, and the one that signs.
const std::string older_key(32, 'a');
const std::string newer_key(32, 'b');

void expect_signed(std::string_view token) {
  const runtime::callback_signer older({older_key});
  const runtime::callback_signer both({older_key, newer_key});
  const auto target = both.verify(token);
  if (!target) return;
  expect(token == both.sign(*target) || token == older.sign(*target), "what is believed was signed", token);
}

runtime::callback_target target_of(std::string_view bytes) {
  runtime::callback_target target;
  std::memcpy(target.saga.bytes.data(), bytes.data(), target.saga.bytes.size());
  target.operation.step = static_cast<unsigned char>(bytes[16]);
  target.operation.side =
      static_cast<unsigned char>(bytes[17]) % 2 == 0 ? engine::side::action : engine::side::compensation;
  std::memcpy(&target.generation, bytes.data() + 18, sizeof target.generation);
  return target;
}

void expect_own(const runtime::callback_target& target, std::size_t at, char other) {
  const runtime::callback_signer signer({older_key, newer_key});
  auto token = signer.sign(target);
  expect(signer.verify(token) == target, "what was signed is believed as that", token);
  char& letter = token[at % token.size()];
  if (letter == other) return;
  letter = other;
  expect(!signer.verify(token), "what was changed is not believed", token);
}

}  // namespace
}  // namespace sagad::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace sagad;
  const auto text = fuzz::text_of(bytes, size);
  fuzz::expect_signed(text);
  constexpr std::size_t target_size = 22;
  if (size >= target_size + 2) fuzz::expect_own(fuzz::target_of(text), bytes[target_size], text[target_size + 1]);
  return 0;
}

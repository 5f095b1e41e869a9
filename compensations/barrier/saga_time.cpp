#include "compensations/barrier/saga_time.hpp"

#include <algorithm>

namespace sagad::barrier {
namespace {

constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t time_digits = 10;
constexpr std::int64_t time_max = (std::int64_t{1} << 48) - 1;

}  // namespace

std::optional<std::int64_t> saga_time_ms(std::string_view saga) noexcept {
  if (saga.size() != saga_id_size) return std::nullopt;
  std::uint64_t time = 0;
  for (std::size_t i = 0; i < saga.size(); ++i) {
    const std::size_t digit = digits.find(saga[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    if (i < time_digits) time = time << 5 | digit;
  }
  // Ten digits hold 50 bits; an id's first two are zero.
  if (time > static_cast<std::uint64_t>(time_max)) return std::nullopt;
  return static_cast<std::int64_t>(time);
}

std::string earliest_saga_id(std::int64_t time_ms) {
  auto rest = static_cast<std::uint64_t>(std::clamp<std::int64_t>(time_ms, 0, time_max));
  std::string id(saga_id_size, '0');
  for (std::size_t i = time_digits; i-- > 0; rest >>= 5) id[i] = digits[rest & 31];
  return id;
}

}  // namespace sagad::barrier

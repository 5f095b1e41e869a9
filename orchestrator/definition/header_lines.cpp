#include "definition/header_lines.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace sagad::definition {
namespace {

// What RFC 9110 allows in a name.
bool stands_in_a_name(char letter) noexcept {
  return is_letter_or_digit(letter) || std::string_view("!#$%&'*+-.^_`|~").find(letter) != std::string_view::npos;
}

constexpr std::string_view reserved_beginnings[] = {"saga-", "content-", "proxy-"};

// What names the request or the one who sends it, and what rules the connection.
constexpr std::string_view reserved[] = {"accept-encoding", "authorization",     "connection", "expect", "host",
                                         "http2-settings",  "idempotency-key",   "keep-alive", "te",     "traceparent",
                                         "trailer",         "transfer-encoding", "upgrade"};

}  // namespace

std::string lower_case(std::string_view name) {
  std::string lower(name);
  for (char& letter : lower) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
  return lower;
}

std::optional<std::string> check_header_name(std::string_view name) {
  constexpr std::size_t name_bytes_max = 128;
  if (name.empty() || name.size() > name_bytes_max || !std::all_of(name.begin(), name.end(), stands_in_a_name)) {
    return "is no name of a header: up to 128 letters, digits and -, without expressions";
  }
  const auto lower = lower_case(name);
  const bool is_ours = std::find(std::begin(reserved), std::end(reserved), lower) != std::end(reserved) ||
                       std::any_of(std::begin(reserved_beginnings), std::end(reserved_beginnings),
                                   [&lower](std::string_view beginning) { return lower.starts_with(beginning); });
  if (is_ours) return "is set by sagad itself: leave it out";
  return std::nullopt;
}

}  // namespace sagad::definition

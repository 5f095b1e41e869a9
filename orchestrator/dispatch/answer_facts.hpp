#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/moment.hpp"
#include "dispatch/caller.hpp"
#include "http/client.hpp"

namespace sagad::dispatch {

inline constexpr std::size_t shown_body_bytes_max = 2048;
inline constexpr std::size_t failure_words_bytes_max = 256;

struct said_outcome {
  dispatch::outcome outcome = outcome::absent;
  std::string fault{};  ///< unrecognized: which header, and what is wrong with it
};

/// `Saga-Outcome` of a whole answer: one that says two different things says none that is known.
said_outcome read_outcome(const http::incoming& what);

/// What is wrong with a `Location` of which own_location makes nothing.
std::string foreign_location(std::string_view text);

/// `Retry-After`: seconds, or an HTTP date (IMF-fixdate, or the two obsolete forms) seen from `unix_now_ms`; one that
/// has passed is 0. Empty when it is neither.
std::optional<millis> parse_retry_after(std::string_view text, millis unix_now_ms);

/// The first 2 KiB of a body that is kept for people only: what is not UTF-8 becomes `?`, nothing is cut in the middle
/// of a character.
std::string shown_body(std::string_view body);

/// What the body of a failure says, as one line for a sentence to end with: the text of `detail` or `message` of a JSON
/// object that has one, else its beginning. Control characters and what is not UTF-8 become `?`. Empty when the body
/// is, or is `{}`, or no text.
std::string failure_words(std::string_view body);

/// `Location` as path with query at the participant itself; empty when it names another origin than one of
/// `authorities`
/// (`host:port`), or no absolute path.
std::string own_location(std::string_view text, std::span<const std::string> authorities);

}  // namespace sagad::dispatch

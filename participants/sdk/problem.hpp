#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "participants/sdk/http_message.hpp"

namespace sagad::participants {

/// The body of an RFC 9457 problem: `{"type": "urn:sagad:problem:<kind>", "title", "status", "detail"}`. `detail` says
/// what to do.
std::string problem_text(std::string_view kind, std::string_view title, int status, std::string_view detail);

/// With its content type.
http_reply problem_reply(std::string_view kind, std::string_view title, int status, std::string_view detail);

/// A request that cannot be understood: answered 400, what() says what to write instead.
class bad_input : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace sagad::participants

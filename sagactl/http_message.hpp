#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace sagad::sagactl {

/// One request to the server. `target` is path and query, already percent-encoded.
struct http_request {
  std::string method = "GET";
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string content_type = "application/json";
  std::chrono::milliseconds patience{15'000};  ///< without a byte from the server
};

/// What came back. Status 0: no answer, and `body` says why in words.
struct http_answer {
  int status = 0;
  std::string body;
};

}  // namespace sagad::sagactl

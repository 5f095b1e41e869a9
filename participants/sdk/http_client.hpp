#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sagad::participants {

/// One POST. `url` is http:// or https://.
struct http_post {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string content_type = "application/json";
};

/// Sends it. `heard` is told the answer's status, or 0 where none came within `patience`: once, on a thread of the
/// pool, which it must not block.
void post(const http_post& what, std::chrono::milliseconds patience, std::function<void(int status)> heard);

}  // namespace sagad::participants

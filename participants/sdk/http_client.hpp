#pragma once

#include <chrono>
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

/// Sends all of them at once and waits for every answer: its status, or 0 where none came within `patience`. Blocks:
/// never on a thread of the pool.
std::vector<int> post_all(const std::vector<http_post>& what, std::chrono::milliseconds patience);

}  // namespace sagad::participants

#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace sagad::sagactl {

/// Of what is about one saga, one definition, one job.
inline constexpr std::size_t answer_bytes_max = std::size_t{32} << 20U;
/// Of a page of sagas, records or results.
inline constexpr std::size_t page_bytes_max = std::size_t{256} << 20U;

/// One request to the server. `target` is path and query, already percent-encoded.
struct http_request {
  std::string method = "GET";
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string content_type = "application/json";
  std::chrono::milliseconds patience{15'000};  ///< without a byte from the server
  std::size_t bytes_max = answer_bytes_max;    ///< of the answer's body: past them it is read no further
};

/// What came back. Status 0: no answer, and `body` says why in words.
struct http_answer {
  int status = 0;
  std::string body;
  bool too_large = false;  ///< it went on past what the request takes; `body` is empty
  bool more = false;       ///< it is a page, and its `Link` names the next one
};

}  // namespace sagad::sagactl

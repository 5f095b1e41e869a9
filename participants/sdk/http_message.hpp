#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sagad::participants {

/// A whole request. Header names are in lower case; a header that came twice is joined with ", ".
struct http_request {
  std::string method;
  std::string target;  ///< path with query, as in the request line
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  std::string_view path() const noexcept { return std::string_view(target).substr(0, target.find('?')); }
  /// Empty where there is none.
  std::string_view query() const noexcept {
    const auto mark = target.find('?');
    return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
  }
  /// nullptr: not sent.
  const std::string* header(std::string_view lower_case_name) const noexcept {
    for (const auto& [name, value] : headers) {
      if (name == lower_case_name) return &value;
    }
    return nullptr;
  }
};

struct http_reply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string content_type = "application/json";
};

}  // namespace sagad::participants

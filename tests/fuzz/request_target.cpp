// The target of a request, any text: what it is taken apart into is UTF-8 and the same when it is put together again;
// what its parameters ask of the views stays within bounds, or is refused in UTF-8; what is let through to a
// participant stays below the prefix that it is held to.
#include <algorithm>
#include <array>
#include <variant>
#include <vector>

#include "api/list_query.hpp"
#include "api/target.hpp"
#include "dispatch/path_guard.hpp"
#include "json/json.hpp"
#include "tests/fuzz/property.hpp"

namespace sagad::fuzz {
namespace {

constexpr std::size_t sagas_a_page_max = 1000;

void append_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    out += '%';
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
}

std::string put_together(const api::target& parts) {
  std::string text;
  for (const auto& segment : parts.path) append_encoded(text += '/', segment);
  if (text.empty()) text = "/";
  char before = '?';
  for (const auto& [name, value] : parts.query) {
    append_encoded(text += before, name);
    append_encoded(text += '=', value);
    before = '&';
  }
  // A parameter without a name and a value would end in the `?` alone.
  return text;
}

void expect_parts(const api::target& parts) {
  for (const auto& segment : parts.path) expect(json::valid_utf8(segment), "a segment is UTF-8", segment);
  for (const auto& [name, value] : parts.query) {
    expect(json::valid_utf8(name) && json::valid_utf8(value), "a parameter is UTF-8", name + "=" + value);
  }
  const auto again = api::target::parse(put_together(parts));
  expect(again && again->path == parts.path && again->query == parts.query, "a target has the same parts again",
         put_together(parts));
}

void expect_query(const api::target& parts) {
  const auto asked = api::read_list_query(parts.query);
  if (const auto* wrong = std::get_if<problem>(&asked)) {
    expect(!wrong->detail.empty() && json::valid_utf8(wrong->detail), "a refusal says why, in UTF-8", wrong->detail);
    return;
  }
  const auto most = std::get<views::query>(asked).sagas_max;
  expect(most >= 1 && most <= sagas_a_page_max, "a page is never larger than may be");
}

// What a server may make of the path: decoded, `.` and `..` resolved, the backslash a slash.
std::string resolved(std::string_view path) {
  std::string decoded;
  for (std::size_t at = 0; at < path.size(); ++at) {
    if (path[at] == '%') {
      decoded += static_cast<char>(std::stoi(std::string(path.substr(at + 1, 2)), nullptr, 16));
      at += 2;
    } else {
      decoded += path[at] == '\\' ? '/' : path[at];
    }
  }
  std::replace(decoded.begin(), decoded.end(), '\\', '/');
  std::vector<std::string> segments;
  for (std::size_t at = 0; at < decoded.size();) {
    const std::size_t end = std::min(decoded.find('/', at), decoded.size());
    const auto segment = decoded.substr(at, end - at);
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (segment != "." && !segment.empty()) {
      segments.push_back(segment);
    }
    at = end + 1;
  }
  std::string all;
  for (const auto& segment : segments) all += "/" + segment;
  return all;
}

void expect_within(std::string_view text) {
  static const std::array<std::string, 1> prefixes = {"/v1/"};
  if (!dispatch::is_within(text, prefixes)) return;
  const std::string path = resolved(text.substr(0, text.find('?')));
  expect(path == "/v1" || path.starts_with("/v1/"), "what is let through stays below its prefix", text);
}

}  // namespace
}  // namespace sagad::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace sagad;
  const std::string_view text = fuzz::text_of(bytes, size);
  fuzz::expect_within(text);
  const auto parts = api::target::parse(text);
  if (!parts) return 0;
  fuzz::expect_parts(*parts);
  fuzz::expect_query(*parts);
  return 0;
}

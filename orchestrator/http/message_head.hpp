#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sagad::http {

/// A piece of a message's head, as an offset from its first byte: the buffer that holds it may move.
struct span_in_head {
  std::uint32_t at = 0;
  std::uint32_t size = 0;

  std::string_view in(std::string_view head) const noexcept { return head.substr(at, size); }
};

struct field_in_head {
  span_in_head name;
  span_in_head value;
};

enum class head_fault : std::uint8_t {
  none,
  malformed,
  version,      ///< neither HTTP/1.0 nor HTTP/1.1
  coding,       ///< a transfer coding other than chunked
  expectation,  ///< an Expect other than 100-continue
  compressed,   ///< of a request: a Content-Encoding other than identity
  fields,       ///< more fields than fields_max
};

/// Start line and fields of one request or response, parsed.
struct message_head {
  static constexpr std::size_t fields_max = 128;

  span_in_head method;  ///< of a request
  span_in_head target;  ///< of a request
  int status = 0;       ///< of a response
  bool http11 = false;
  bool keep_alive = false;
  bool chunked = false;
  bool expects_continue = false;
  std::optional<std::uint64_t> content_length;
  std::vector<field_in_head> fields;

  void clear() noexcept;
};

/// Parse a whole head, its empty line included (Beast's parser, which knows the ways of smuggling: doubled lengths, a
/// length beside chunks, ...; folded lines are refused). Pure; `into` is cleared first and keeps its memory.
head_fault parse_request_head(std::string_view text, message_head& into);
head_fault parse_response_head(std::string_view text, message_head& into);

bool same_name(std::string_view left, std::string_view right) noexcept;  ///< whatever the case of ASCII letters

}  // namespace sagad::http

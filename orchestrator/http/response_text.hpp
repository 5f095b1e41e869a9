#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/problem.hpp"
#include "http/server.hpp"

namespace sagad::http {

std::string_view reason_phrase(int status) noexcept;

/// How a response is framed: what the connection knows and its handler does not.
struct framing {
  bool head_only = false;   ///< the answer to a HEAD: Content-Length without the body
  bool close = false;       ///< `Connection: close`
  bool keep_alive = false;  ///< `Connection: keep-alive`, for HTTP/1.0
};

/// Appends the whole response. `date` is an IMF-fixdate (imf_date).
void append_response(std::string& out, const response& answer, framing how, std::string_view date);

/// The head of an answer in pieces; then the pieces: chunks, or (`chunked` is false) just bytes up to the connection's
/// end.
void append_stream_head(std::string& out, const response& head, framing how, std::string_view date, bool chunked);
void append_piece(std::string& out, std::string_view piece, bool chunked);
void append_last_piece(std::string& out);

/// An error as application/problem+json (RFC 9457): `type` is `urn:sagad:problem:<name>`.
response problem_response(const problem& what);
response problem_response(const problem& what, int status);

/// `Sun, 06 Nov 1994 08:49:37 GMT`
std::string imf_date(std::int64_t unix_seconds);

}  // namespace sagad::http

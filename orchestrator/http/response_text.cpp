#include "http/response_text.hpp"

#include <time.h>

#include <array>
#include <charconv>

namespace sagad::http {
namespace {

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits{};
  auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (char const c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  out += '"';
}

bool bodiless(int status) noexcept {
  return status / 100 == 1 || status == 204 || status == 304;
}

}  // namespace

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 425: return "Too Early";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Status";
  }
}

namespace {

void append_start(std::string& out, const response& answer, std::string_view date) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(answer.status));
  out += ' ';
  out += reason_phrase(answer.status);
  out += "\r\nDate: ";
  out += date;
  if (!bodiless(answer.status) && !answer.content_type.empty()) {
    out += "\r\nContent-Type: ";
    out += answer.content_type;
  }
}

void append_end_of_head(std::string& out, const response& answer, framing how) {
  if (how.close) {
    out += "\r\nConnection: close";
  } else if (how.keep_alive) {
    out += "\r\nConnection: keep-alive";
  }
  out += "\r\n";
  out += answer.headers;
  out += "\r\n";
}

}  // namespace

void append_response(std::string& out, const response& answer, framing how, std::string_view date) {
  append_start(out, answer, date);
  if (!bodiless(answer.status)) {
    out += "\r\nContent-Length: ";
    append_number(out, answer.body.size());
  }
  append_end_of_head(out, answer, how);
  if (!how.head_only && !bodiless(answer.status)) out += answer.body;
}

void append_stream_head(std::string& out, const response& head, framing how, std::string_view date, bool chunked) {
  append_start(out, head, date);
  if (chunked) out += "\r\nTransfer-Encoding: chunked";
  append_end_of_head(out, head, how);
}

void append_piece(std::string& out, std::string_view piece, bool chunked) {
  if (!chunked) {
    out += piece;
    return;
  }
  std::array<char, 20> digits{};
  auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), piece.size(), 16).ptr;
  out.append(digits.data(), end);
  out += "\r\n";
  out += piece;
  out += "\r\n";
}

void append_last_piece(std::string& out) {
  out += "0\r\n\r\n";
}

response problem_response(const problem& what) {
  return problem_response(what, http_status(what.code));
}

response problem_response(const problem& what, int status) {
  response answer;
  answer.status = status;
  answer.content_type = "application/problem+json";
  auto& out = answer.body;
  out = "{\"type\":\"urn:sagad:problem:";
  out += name(what.code);
  out += "\",\"title\":";
  append_quoted(out, title(what.code));
  out += ",\"status\":";
  append_number(out, static_cast<std::size_t>(status));
  out += ",\"detail\":";
  append_quoted(out, what.detail);
  out += '}';
  if (status == 503) answer.headers = "Retry-After: 1\r\n";
  return answer;
}

std::string imf_date(std::int64_t unix_seconds) {
  static constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  time_t const seconds = unix_seconds;
  tm at{};
  gmtime_r(&seconds, &at);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                days[static_cast<std::size_t>(at.tm_wday)], at.tm_mday, months[static_cast<std::size_t>(at.tm_mon)],
                at.tm_year + 1900, at.tm_hour, at.tm_min, at.tm_sec);
  return text.data();
}

}  // namespace sagad::http

#include "api/problem_reply.hpp"

#include "json/json.hpp"

namespace sagad::api {

http::response problem_response(const problem& what, std::string_view more) {
  http::response response;
  response.status = http_status(what.code);
  response.content_type = "application/problem+json";
  auto& body = response.body;
  body = "{\"type\":\"urn:sagad:problem:";
  body += name(what.code);
  body += "\",\"title\":";
  json::append_string(body, title(what.code));
  body += ",\"status\":" + std::to_string(response.status) + ",\"detail\":";
  json::append_string(body, what.detail);
  body += more;
  body += '}';
  if (response.status == 503 || response.status == 429) response.headers += "Retry-After: 1\r\n";
  if (response.status == 401) response.headers += "WWW-Authenticate: Bearer\r\n";
  return response;
}

std::string mistakes_json(const std::vector<definition::mistake>& mistakes) {
  std::string out = ",\"errors\":[";
  for (const auto& one : mistakes) {
    if (out.back() != '[') out += ',';
    out += "{\"line\":" + std::to_string(one.line) + ",\"column\":" + std::to_string(one.column) + ",\"detail\":";
    json::append_string(out, one.text);
    out += '}';
  }
  return out + "]";
}

}  // namespace sagad::api

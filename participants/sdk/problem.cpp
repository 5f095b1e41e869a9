#include "participants/sdk/problem.hpp"

#include "participants/sdk/json_writer.hpp"

namespace sagad::participants {

std::string problem_text(std::string_view kind, std::string_view title, int status, std::string_view detail) {
  json_writer out;
  out.open_object();
  out.text("type", "urn:sagad:problem:" + std::string(kind));
  out.text("title", title);
  out.integer("status", status);
  out.text("detail", detail);
  out.close_object();
  return out.take();
}

http_reply problem_reply(std::string_view kind, std::string_view title, int status, std::string_view detail) {
  return {.status = status,
          .headers = {},
          .body = problem_text(kind, title, status, detail),
          .content_type = "application/problem+json"};
}

}  // namespace sagad::participants

#include "participants/sdk/http_client.hpp"

#define _TURN_OFF_PLATFORM_STRING
#include <cpprest/http_client.h>

namespace sagad::participants {
namespace {

pplx::task<int> post(const http_post& what, std::chrono::milliseconds patience) {
  const web::uri where(what.url);
  web::http::client::http_client_config how;
  how.set_timeout(patience);
  web::http::client::http_client client(where.authority(), how);
  web::http::http_request message(web::http::methods::POST);
  message.set_request_uri(where.resource());
  message.set_body(what.body, what.content_type);
  for (const auto& [name, value] : what.headers) message.headers().add(name, value);
  return client.request(message).then(
      [](const web::http::http_response& answer) { return static_cast<int>(answer.status_code()); });
}

}  // namespace

std::vector<int> post_all(const std::vector<http_post>& what, std::chrono::milliseconds patience) {
  std::vector<pplx::task<int>> running;
  running.reserve(what.size());
  for (const auto& one : what) {
    // Whatever goes wrong, a URL that cannot be read too, means that no answer came.
    const auto none_came = [](pplx::task<int> ended) {
      try {
        return ended.get();
      } catch (const std::exception&) {
        return 0;
      }
    };
    try {
      running.push_back(post(one, patience).then(none_came));
    } catch (const std::exception&) {
      running.push_back(pplx::task_from_result(0));
    }
  }
  std::vector<int> statuses;
  statuses.reserve(running.size());
  for (auto& one : running) statuses.push_back(one.get());
  return statuses;
}

}  // namespace sagad::participants

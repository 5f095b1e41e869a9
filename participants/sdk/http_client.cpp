#include "participants/sdk/http_client.hpp"

#define _TURN_OFF_PLATFORM_STRING
#include <cpprest/http_client.h>

namespace sagad::participants {
namespace {

pplx::task<int> status_of(const http_post& what, std::chrono::milliseconds patience) {
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

void post(const http_post& what, std::chrono::milliseconds patience, std::function<void(int status)> heard) {
  // Whatever goes wrong, a URL that cannot be read too, means that no answer came.
  pplx::task<int> asked = pplx::task_from_result(0);
  try {
    asked = status_of(what, patience);
  } catch (const std::exception&) {
  }
  asked.then([heard = std::move(heard)](const pplx::task<int>& ended) {
    int status = 0;
    try {
      status = ended.get();
    } catch (const std::exception&) {
    }
    heard(status);
  });
}

}  // namespace sagad::participants

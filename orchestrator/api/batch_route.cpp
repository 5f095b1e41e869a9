#include <optional>

#include "api/batch.hpp"
#include "api/keys.hpp"
#include "api/problem_reply.hpp"
#include "api/routes.hpp"
#include "api/service.hpp"

namespace sagad::api {
namespace {

constexpr std::string_view batch_path = "/v1/sagas:batch";
constexpr std::size_t batch_key_bytes_max = 117;  // `/` and the item's number behind it are a key, too

std::optional<item_splitter::form> form_of(const http::request& request) {
  const auto type = request.find("content-type");
  const auto essence = type.substr(0, type.find(';'));
  if (essence == "application/x-ndjson" || essence == "application/jsonl") return item_splitter::form::lines;
  return json_or_unsaid(request) ? std::optional(item_splitter::form::array) : std::nullopt;
}

}  // namespace

std::size_t service::piecewise_bytes_max(std::string_view method, std::string_view target) const {
  const bool batch = method == "POST" && target.substr(0, target.find('?')) == batch_path;
  return batch ? parts_.batches.bytes_max : 0;
}

std::shared_ptr<http::intake> service::begin_batch(const http::request& request, http::reply reply) {
  const auto refuse = [&reply](problem what) {
    reply(problem_response(what));
    return nullptr;
  };
  const auto where = target::parse(request.target);
  if (!where) return refuse({problem_code::invalid_argument, malformed_target});
  auto who = parts_.roles.identify(request.find("authorization"));
  if (!who) {
    return refuse({problem_code::unauthorized, "send `Authorization: Bearer TOKEN` with a configured token"});
  }
  if (!who->is(role::client) && !who->is(role::developer)) {
    return refuse({problem_code::forbidden, "this needs the role client"});
  }
  const auto form = form_of(request);
  if (!form) {
    return refuse({problem_code::unsupported_media,
                   other_type(request,
                              "a batch is sent as application/json, an array, or as application/x-ndjson, a line "
                              "for each start")});
  }
  if (auto bad = wrong_parameters(request.method, *where)) return refuse(std::move(*bad));
  auto key = key_of(request, *where, std::nullopt);
  if (auto* bad = std::get_if<problem>(&key)) return refuse(std::move(*bad));
  if (std::get<std::string>(key).size() > batch_key_bytes_max) {
    return refuse({problem_code::invalid_argument, "a batch's key has at most 117 characters: item n's is KEY/n"});
  }
  auto& open = *parts_.batches_open;
  if (open.fetch_add(1) >= parts_.batches.batches_max) {
    --open;
    return refuse({problem_code::overloaded, "as many batches are under way as may at once: send it again later"});
  }
  batch_surroundings around{[this](const caller& from, runtime::start_request start_of, const named_definition& named,
                                   auto tell) { start(from, std::move(start_of), named, std::move(tell)); },
                            [this](unique_function<void()> task) { parts_.sagas.at(reactor_).later(std::move(task)); }};
  return std::make_shared<batch>(std::move(*who), std::move(std::get<std::string>(key)), *form, parts_.batches,
                                 std::move(around), parts_.batches_open, std::move(reply));
}

}  // namespace sagad::api

// The floor: the same three calls for each request, over the same HTTP library, in the same order, with comparable
// headers and bodies, and nothing else. It decides nothing and remembers nothing: what a coordinator costs is measured
// against it.

#include <array>
#include <boost/asio/io_context.hpp>
#include <unordered_map>

#include "bench/arguments.hpp"
#include "http/client.hpp"
#include "http/server.hpp"

namespace {

using namespace sagad;

struct step {
  std::string_view name;
  std::string_view target;
  std::string_view body;
};

constexpr std::array steps = {
    step{"reserve", "/v1/reservations", R"({"account":"player-1029","amount":250})"},
    step{"settle", "/v1/settlements", R"({"reservation":"r-1029384756","to":"player-5647"})"},
    step{"deliver", "/v1/deliveries", R"({"item":"item-77","quantity":2,"to":"player-1029"})"}};

class floor_service final : public http::exchange_sink {
 public:
  floor_service(boost::asio::io_context& reactor, http::endpoint_address participant)
      : calls_(reactor, std::move(participant), {}, *this),
        server_(reactor, {}, [this](const http::request& got, http::reply reply) { begin(got, std::move(reply)); }) {}

  http::server& server() noexcept { return server_; }

 private:
  struct chain {
    http::reply reply;
    std::size_t at = 0;
  };

  void begin(const http::request& got, http::reply reply) {
    if (got.method != "POST" || !got.target.starts_with("/v1/definitions/")) {
      http::response no;
      no.status = 404;
      return reply(std::move(no));
    }
    auto const tag = ++last_;
    call(tag, 0);
    under_way_.emplace(tag, chain{std::move(reply)});
  }

  void call(std::uint64_t tag, std::size_t at) {
    auto const& one = steps[at];
    auto const id = std::to_string(1'000'000'000'000'000ULL + tag);
    headers_.clear();
    headers_.append("Saga-Id: 0000000000").append(id);
    headers_.append("\r\nSaga-Definition: three_steps\r\nSaga-Step: ").append(one.name);
    headers_.append("\r\nSaga-Operation: action\r\nSaga-Generation: 1\r\nSaga-Attempt: 1\r\nSaga-Epoch: 1");
    headers_.append("\r\nIdempotency-Key: 0000000000").append(id).append("/").append(one.name).append("/action/1");
    headers_.append("\r\ntraceparent: 00-0000000000000000").append(id).append("-00f067aa0ba902b7-01");
    headers_.append("\r\nContent-Type: application/json\r\n");
    calls_.begin(tag, {"POST", one.target, headers_, {}, one.body, 10'000});
  }

  void ended(const http::incoming& what) override {
    auto const which = under_way_.find(what.tag);
    bool const done = what.how == http::exchange_end::answered && what.status == 200;
    if (done && ++which->second.at < steps.size()) return call(what.tag, which->second.at);
    auto reply = std::move(which->second.reply);
    under_way_.erase(which);
    http::response told;
    told.status = done ? 200 : 502;
    told.headers = "Saga-State: completed\r\nSaga-Position: 1-1\r\n";
    told.body =
        done
            ? R"({"id":"00000000001000000000000000","definition":"three_steps","state":"completed","outcome":"completed"})"
            : R"({"state":"failed"})";
    reply(std::move(told));
  }

  std::uint64_t last_ = 0;
  std::string headers_;
  std::unordered_map<std::uint64_t, chain> under_way_;
  http::client calls_;
  http::server server_;
};

}  // namespace

int main(int count, char** values) {
  bench::arguments const given(count, values);
  auto participant = http::parse_endpoint(given.text("participant"));
  if (auto const* const why = std::get_if<std::string>(&participant)) bench::arguments::fail(*why);
  boost::asio::io_context reactor{1};
  floor_service service(reactor, std::get<http::endpoint_address>(participant));
  http::listener const door(reactor, given.text("listen", "127.0.0.1:0"), {{&reactor, &service.server()}});
  bench::write_port(given.text("port-file"), door.port());
  reactor.run();
}

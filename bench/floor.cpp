// The floor: the same calls for each request, over the same HTTP library, in the same order, with comparable headers
// and bodies, and nothing else. It decides nothing and remembers nothing: what a coordinator costs is measured against
// it.

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <span>
#include <unordered_map>

#include "bench/arguments.hpp"
#include "http/client.hpp"
#include "http/server.hpp"

namespace {

using namespace sagad;

struct call {
  std::string_view step;
  std::string_view target;
  std::string_view body;
  std::string_view operation = "action";
  int status = 200;
};

constexpr std::array three_steps = {
    call{"reserve", "/v1/reservations", R"({"account":"player-1029","amount":250})"},
    call{"settle", "/v1/settlements", R"({"reservation":"r-1029384756","to":"player-5647"})"},
    call{"deliver", "/v1/deliveries", R"({"item":"item-77","quantity":2,"to":"player-1029"})"}};

constexpr std::string_view payment = R"({"account":"player-1029","amount":125})";
constexpr std::array ten_steps = {call{"hold", "/v1/holds", payment},
                                  call{"reserve", "/v1/reservations", payment},
                                  call{"insure", "/v1/insurances", payment},
                                  call{"tax", "/v1/taxes", payment},
                                  call{"pack", "/v1/packages", payment},
                                  call{"book", "/v1/bookings", payment},
                                  call{"label", "/v1/labels", payment},
                                  call{"approve", "/v1/rejections", payment, "action", 409},
                                  call{"label", "/v1/labels/release", {}, "compensation"},
                                  call{"book", "/v1/bookings/release", {}, "compensation"},
                                  call{"pack", "/v1/packages/release", {}, "compensation"},
                                  call{"tax", "/v1/taxes/release", {}, "compensation"},
                                  call{"insure", "/v1/insurances/release", {}, "compensation"},
                                  call{"reserve", "/v1/reservations/release", {}, "compensation"},
                                  call{"hold", "/v1/holds/release", {}, "compensation"}};

/// What bench's definition of that name calls, and the outcome of that.
struct script {
  std::string_view definition;
  std::span<const call> calls;
  std::string_view outcome;
};

constexpr std::array scripts = {script{"labelled", three_steps, "completed"},
                                script{"three_steps", three_steps, "completed"},
                                script{"ten_steps", ten_steps, "compensated"}};

class floor_service final : public http::exchange_sink {
 public:
  floor_service(boost::asio::io_context& reactor, http::endpoint_address participant)
      : calls_(reactor, std::move(participant), {}, *this),
        server_(reactor, {}, [this](const http::request& got, http::reply reply) { begin(got, std::move(reply)); }) {}

  http::server& server() noexcept { return server_; }

 private:
  struct chain {
    http::reply reply;
    const script* what = nullptr;
    std::size_t at = 0;
  };

  void begin(const http::request& got, http::reply reply) {
    constexpr std::string_view before = "/v1/definitions/";
    auto const asked = got.target.substr(std::min(got.target.size(), before.size()));
    auto const what = std::find_if(scripts.begin(), scripts.end(), [&](const script& one) {
      return asked.starts_with(one.definition) && asked.substr(one.definition.size()).starts_with('/');
    });
    if (got.method != "POST" || !got.target.starts_with(before) || what == scripts.end()) {
      http::response no;
      no.status = 404;
      return reply(std::move(no));
    }
    auto const tag = ++last_;
    send(tag, *what, 0);
    under_way_.emplace(tag, chain{std::move(reply), &*what});
  }

  void send(std::uint64_t tag, const script& what, std::size_t at) {
    auto const& one = what.calls[at];
    auto const id = std::to_string(1'000'000'000'000'000ULL + tag);
    headers_.clear();
    headers_.append("Saga-Id: 0000000000").append(id);
    headers_.append("\r\nSaga-Definition: ").append(what.definition).append("\r\nSaga-Step: ").append(one.step);
    headers_.append("\r\nSaga-Operation: ").append(one.operation);
    headers_.append("\r\nSaga-Generation: 1\r\nSaga-Attempt: 1\r\nSaga-Epoch: 1");
    headers_.append("\r\nIdempotency-Key: 0000000000").append(id).append("/").append(one.step);
    headers_.append("/").append(one.operation).append("/1");
    headers_.append("\r\ntraceparent: 00-0000000000000000").append(id).append("-00f067aa0ba902b7-01\r\n");
    if (!one.body.empty()) headers_.append("Content-Type: application/json\r\n");
    calls_.begin(tag, {"POST", one.target, headers_, {}, one.body, 10'000});
  }

  void ended(const http::incoming& what) override {
    auto const which = under_way_.find(what.tag);
    auto const& script = *which->second.what;
    auto& at = which->second.at;
    bool const done = what.how == http::exchange_end::answered && what.status == script.calls[at].status;
    if (done && ++at < script.calls.size()) return send(what.tag, script, at);
    auto reply = std::move(which->second.reply);
    under_way_.erase(which);
    http::response told;
    told.status = done ? 200 : 502;
    told.headers.append("Saga-State: ").append(script.outcome).append("\r\nSaga-Position: 1-1\r\n");
    told.body.append(R"({"id":"00000000001000000000000000","definition":")").append(script.definition);
    told.body.append(R"(","state":")").append(done ? script.outcome : "failed");
    told.body.append(R"(","outcome":")").append(done ? script.outcome : "none").append(R"("})");
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

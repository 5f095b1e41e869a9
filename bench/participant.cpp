// Answers every POST at once: what calls to the fastest possible participant cost. With `--status 202` it accepts, and
// never answers late.

#include <boost/asio/io_context.hpp>

#include "bench/arguments.hpp"
#include "http/server.hpp"

int main(int count, char** values) {
  using namespace sagad;
  bench::arguments const given(count, values);
  auto const status = static_cast<int>(given.number("status", 200));
  boost::asio::io_context reactor{1};
  http::server answers(reactor, {}, [status](const http::request& got, http::reply reply) {
    http::response told;
    told.status = status;
    if (status != 202) told.headers = "Saga-Outcome: done\r\n";
    told.body = R"({"reference":"r-1029384756","accepted":true})";
    if (got.method != "POST") told.status = 405;
    reply(std::move(told));
  });
  http::listener const door(reactor, given.text("listen", "127.0.0.1:0"), {{&reactor, &answers}});
  bench::write_port(given.text("port-file"), door.port());
  reactor.run();
}

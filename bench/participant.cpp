// Answers every POST at once: what calls to the fastest possible participant cost. What is sent to /v1/rejections is
// rejected. With `--status 202` it accepts, and never answers late; with `--silent 1` it never answers at all. The body
// of its answers is `--answer`. The file `--first-call` is made when the first call comes.

#include <boost/asio/io_context.hpp>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "bench/arguments.hpp"
#include "http/server.hpp"

int main(int count, char** values) {
  using namespace sagad;
  bench::arguments const given(count, values);
  auto const status = static_cast<int>(given.number("status", 200));
  bool const silent = given.number("silent", 0) != 0;
  std::string first_call = given.text("first-call");
  auto const answer = given.text("answer", R"({"reference":"r-1029384756","accepted":true})");
  std::vector<http::reply> kept;
  boost::asio::io_context reactor{1};
  http::server answers(reactor, {},
                       [status, silent, &answer, &first_call, &kept](const http::request& got, http::reply reply) {
                         if (!first_call.empty()) std::ofstream(std::exchange(first_call, {}));
                         if (silent) return kept.push_back(std::move(reply));
                         http::response told;
                         told.status = status;
                         if (status != 202) told.headers = "Saga-Outcome: done\r\n";
                         told.body = answer;
                         if (got.target == "/v1/rejections") {
                           told.status = 409;
                           told.headers = "Saga-Outcome: rejected\r\n";
                           told.body = R"({"error":"the account may not buy here"})";
                         }
                         if (got.method != "POST") told.status = 405;
                         reply(std::move(told));
                       });
  http::listener const door(reactor, given.text("listen", "127.0.0.1:0"), {{&reactor, &answers}});
  bench::write_port(given.text("port-file"), door.port());
  reactor.run();
}

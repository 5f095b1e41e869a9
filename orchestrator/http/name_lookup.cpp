#include "http/name_lookup.hpp"

#include <boost/asio/post.hpp>
#include <system_error>
#include <utility>

namespace sagad::http {

using boost::asio::ip::tcp;

void name_lookup::wait() {
  if (thread_.joinable()) thread_.join();
}

void name_lookup::begin(const std::string& host, std::uint16_t port, told tell) {
  wait();
  auto look = [&reactor = reactor_, host, service = std::to_string(port), tell] {
    boost::asio::io_context nobodys;
    boost::system::error_code failed;
    address_list addresses;
    for (auto const& one : tcp::resolver(nobodys).resolve(host, service, tcp::resolver::numeric_service, failed)) {
      addresses.push_back(one.endpoint());
    }
    boost::asio::post(reactor, [failed, addresses = std::move(addresses), tell] { tell(failed, addresses); });
  };
  try {
    thread_ = std::thread(std::move(look));
  } catch (const std::system_error& failed) {  // out of threads
    auto const why = boost::system::error_code(failed.code().value(), boost::system::system_category());
    boost::asio::post(reactor_, [why, tell = std::move(tell)] { tell(why, {}); });
  }
}

}  // namespace sagad::http

#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace sagad::http {

/// Looks names up on a thread of its own, one at a time: the C library waits for its name servers, and whoever waits
/// for one that says nothing must not hold up the names of others, as Asio's one thread for all of them would.
class name_lookup {
 public:
  using address_list = std::vector<boost::asio::ip::tcp::endpoint>;
  using told = std::function<void(boost::system::error_code, address_list)>;

  explicit name_lookup(boost::asio::io_context& reactor) : reactor_(reactor) {}
  ~name_lookup() { wait(); }
  name_lookup(const name_lookup&) = delete;
  name_lookup& operator=(const name_lookup&) = delete;

  /// `tell` is called by the reactor, which must be there until then or until `wait`. The one before must have been
  /// told.
  void begin(const std::string& host, std::uint16_t port, told tell);
  /// Until the one that is under way has been looked up.
  void wait();

 private:
  boost::asio::io_context& reactor_;
  std::thread thread_;
};

}  // namespace sagad::http

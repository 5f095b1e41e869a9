#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "http/client.hpp"
#include "http/name_lookup.hpp"
#include "http/sweeper.hpp"

namespace sagad::http {

class client_connection;

/// What the connections of one client share: the pool and the addresses. One thread.
class client_core : public std::enable_shared_from_this<client_core> {
 public:
  using address_list = name_lookup::address_list;

  client_core(boost::asio::io_context& on, endpoint_address where, client_limits within, exchange_sink& told);
  ~client_core();

  void begin(std::uint64_t tag, const outgoing& what);
  void stop();
  client_connection* find(std::uint64_t tag) const noexcept;
  client_counts counts() const noexcept;

  void remove(client_connection& left) noexcept;
  void make_idle(client_connection& ready);
  void no_longer_idle(client_connection& gone) noexcept;
  /// Calls `connection.connect(...)` when there are addresses, or `connection.fail_to_connect(...)`.
  void want_addresses(client_connection& waiting);
  void addresses_refuse() noexcept { resolved_until_ = 0; }
  /// Is tried first from now on: those before it took no connection.
  void prefer(const boost::asio::ip::tcp::endpoint& address);
  void want(millis deadline) { deadlines_.want(deadline); }

  boost::asio::io_context& reactor;
  const endpoint_address to;
  const client_limits limits;
  exchange_sink& sink;
  client_counts counted;

 private:
  void resolve();
  void resolved(boost::system::error_code failed, address_list found);
  millis sweep(millis now);

  std::vector<std::shared_ptr<client_connection>> connections_;
  std::vector<client_connection*> idle_;  ///< the last used is used first, so that the others may end
  std::vector<std::shared_ptr<client_connection>> waiting_for_addresses_;
  name_lookup names_;
  address_list addresses_;
  std::optional<boost::asio::ip::tcp::endpoint> preferred_;
  millis resolved_until_ = 0;
  bool resolving_ = false;
  bool stopped_ = false;
  sweeper deadlines_;
};

}  // namespace sagad::http

#include "http/client.hpp"

#include <algorithm>
#include <utility>

#include "http/client_connection.hpp"
#include "http/client_core.hpp"
#include "http/steady_clock.hpp"

namespace sagad::http {

using boost::asio::ip::tcp;

std::string_view incoming::find(std::string_view name) const noexcept {
  for (auto const& one : headers) {
    if (same_name(one.name, name)) return one.value;
  }
  return {};
}

client_core::client_core(boost::asio::io_context& on, endpoint_address where, client_limits within, exchange_sink& told)
    : reactor(on), to(std::move(where)), limits(within), sink(told), names_(on), deadlines_(on, [this](millis now) {
        return sweep(now);
      }) {
  boost::system::error_code not_literal;
  auto const literal = boost::asio::ip::make_address(to.host, not_literal);
  if (!not_literal) {
    addresses_.emplace_back(literal, to.port);
    resolved_until_ = never;
  }
}

client_core::~client_core() = default;

void client_core::begin(std::uint64_t tag, const outgoing& what) {
  while (!idle_.empty()) {
    auto* const last = idle_.back();
    idle_.pop_back();
    if (last->reuse(tag, what)) return;
  }
  auto const fresh = std::make_shared<client_connection>(shared_from_this(), tag, what);
  fresh->place = connections_.size();
  connections_.push_back(fresh);
  want_addresses(*fresh);
}

void client_core::want_addresses(client_connection& waiting) {
  if (addresses_.empty() || steady_now_ms() >= resolved_until_) resolve();
  if (!addresses_.empty()) return waiting.connect(addresses_);
  waiting_for_addresses_.push_back(waiting.shared_from_this());
}

void client_core::resolve() {
  boost::system::error_code not_literal;
  boost::asio::ip::make_address(to.host, not_literal);
  if (resolving_ || !not_literal) return;
  resolving_ = true;
  names_.begin(to.host, to.port, [weak = weak_from_this()](boost::system::error_code failed, address_list found) {
    if (auto const self = weak.lock()) self->resolved(failed, std::move(found));
  });
}

void client_core::resolved(boost::system::error_code failed, address_list found) {
  resolving_ = false;
  names_.wait();  // it has told, and ends
  if (stopped_) return;
  if (!failed) {
    addresses_ = std::move(found);
    if (preferred_) prefer(*preferred_);
    resolved_until_ = steady_now_ms() + limits.names_ms_max;
  }
  auto const waiting = std::exchange(waiting_for_addresses_, {});
  for (auto const& one : waiting) {
    if (addresses_.empty()) {
      one->fail_to_connect(failed ? failed.message() : "the name has no address");
    } else {
      one->connect(addresses_);
    }
  }
}

void client_core::prefer(const tcp::endpoint& address) {
  preferred_ = address;
  auto const at = std::find(addresses_.begin(), addresses_.end(), address);
  if (at != addresses_.end()) std::rotate(addresses_.begin(), at, at + 1);
}

client_connection* client_core::find(std::uint64_t tag) const noexcept {
  for (auto const& one : connections_) {
    if (one->busy() && one->tag() == tag) return one.get();
  }
  return nullptr;
}

client_counts client_core::counts() const noexcept {
  return {connections_.size(), idle_.size(), counted.connected, counted.reused, counted.strayed};
}

void client_core::make_idle(client_connection& ready) {
  if (idle_.size() >= limits.idle_connections_max) {
    idle_.front()->close();  // takes itself out of the list
  }
  idle_.push_back(&ready);
}

void client_core::no_longer_idle(client_connection& gone) noexcept {
  std::erase(idle_, &gone);
}

void client_core::remove(client_connection& left) noexcept {
  std::size_t const place = left.place;
  if (place >= connections_.size() || connections_[place].get() != &left) return;
  if (place + 1 < connections_.size()) {
    connections_[place] = std::move(connections_.back());
    connections_[place]->place = place;
  }
  connections_.pop_back();
}

void client_core::stop() {
  stopped_ = true;
  deadlines_.stop();
  waiting_for_addresses_.clear();
  while (!connections_.empty()) connections_.back()->close();
  names_.wait();
}

millis client_core::sweep(millis now) {
  auto const all = connections_;  // an exchange that ends may begin others
  millis next = never;
  for (auto const& one : all) next = std::min(next, one->sweep(now));
  return next;
}

client::client(boost::asio::io_context& reactor, endpoint_address to, client_limits limits, exchange_sink& sink)
    : core_(std::make_shared<client_core>(reactor, std::move(to), limits, sink)) {}

client::~client() {
  core_->stop();
}

void client::begin(std::uint64_t tag, const outgoing& what) {
  core_->begin(tag, what);
}

bool client::withdraw(std::uint64_t tag) {
  auto* const one = core_->find(tag);
  if (one == nullptr || one->written()) return false;
  one->close();
  return true;
}

std::optional<millis> client::opened_at(std::uint64_t tag) const noexcept {
  auto const* const one = core_->find(tag);
  if (one == nullptr || !one->written()) return std::nullopt;
  return one->opened_at();
}

const endpoint_address& client::address() const noexcept {
  return core_->to;
}

client_counts client::counts() const noexcept {
  return core_->counts();
}

}  // namespace sagad::http

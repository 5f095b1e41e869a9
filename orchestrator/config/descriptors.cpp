#include "config/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace sagad::config {
namespace {

// Standard streams, the journal (a segment read is one of at most 64 kept open), its index and lock, signals.
constexpr std::uint64_t of_the_process = 160;
// Event queues, and connections that are told that they are one too many.
constexpr std::uint64_t of_a_reactor = 24;
constexpr std::uint64_t connections_least = 16;

}  // namespace

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) throw std::system_error(errno, std::generic_category(), "RLIMIT_NOFILE");
  const auto soft = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : soft;
}

std::variant<fitted, std::string> fit_connections(settings wanted, std::size_t reactors, std::uint64_t descriptors) {
  std::uint64_t calls = 0;
  for (const auto& one : wanted.participants) {
    calls += std::uint64_t{one.called.max_in_flight} * one.called.endpoints.size();
  }
  const auto own = of_the_process + of_a_reactor * reactors;
  const auto& clients = wanted.limits.connections_max;
  if (calls + own + clients <= descriptors) return fitted{std::move(wanted), {}};
  const auto all = std::to_string(calls + own + clients);
  const auto shares = std::to_string(calls) + " for calls to participants (max_in_flight x endpoints), " +
                      std::to_string(own) + " for sagad itself";
  const auto least = calls + own + std::min(connections_least, clients);
  if (least > descriptors) {
    return "the limit of open files is " + std::to_string(descriptors) + ", and at least " + std::to_string(least) +
           " are needed: " + shares + ", the rest for clients. Raise it to " + all + " (`ulimit -n " + all +
           "`, `LimitNOFILE=" + all + "`), or lower max_in_flight of participants";
  }
  const auto left = descriptors - calls - own;
  auto notice = "the limit of open files is " + std::to_string(descriptors) + ": connections_max is " +
                std::to_string(left) + " instead of " + std::to_string(clients) + " (" + shares + "). Raise it to " +
                all + " (`ulimit -n " + all + "`, `LimitNOFILE=" + all + "`) for all of them";
  wanted.limits.connections_max = left;
  return fitted{std::move(wanted), std::move(notice)};
}

}  // namespace sagad::config

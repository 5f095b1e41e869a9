#include "postgresql/servers.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <new>
#include <string_view>

namespace sagad::postgresql {
namespace {

using words = std::vector<std::string>;
using options = std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)>;

words split(std::string_view text) {
  words parts;
  for (auto comma = text.find(','); comma != std::string_view::npos; comma = text.find(',')) {
    parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma + 1);
  }
  parts.emplace_back(text);
  return parts;
}

// Nothing, one for all, or one for each.
bool fits(const words& of, std::size_t count) {
  return of.size() == count || of.size() == 1;
}

// Where a URL says none: as the environment says it, or as libpq was built.
std::string usual_port() {
  const options usual(PQconndefaults(), PQconninfoFree);
  if (!usual) throw std::bad_alloc();
  for (const auto* one = usual.get(); one->keyword != nullptr; ++one) {
    if (std::string_view(one->keyword) == "port" && one->val != nullptr) return one->val;
  }
  return "5432";
}

std::string at(const words& of, std::size_t number) {
  return of.size() == 1 ? of.front() : of[number];
}

}  // namespace

std::vector<server> servers_of(const std::string& url) {
  const std::vector<server> as_it_is(1);
  const options given(PQconninfoParse(url.c_str(), nullptr), PQconninfoFree);
  if (!given) return as_it_is;
  words hosts{""};
  words addresses{""};
  words ports{""};
  for (const auto* one = given.get(); one->keyword != nullptr; ++one) {
    const std::string_view name = one->keyword;
    if (one->val == nullptr) continue;
    if (name == "host") hosts = split(one->val);
    if (name == "hostaddr") addresses = split(one->val);
    if (name == "port") ports = split(one->val);
  }
  const auto count = std::max(hosts.size(), addresses.size());
  if (count == 1 || !fits(hosts, count) || !fits(addresses, count) || !fits(ports, count)) return as_it_is;
  std::vector<server> found;
  for (std::size_t number = 0; number < count; ++number) {
    const auto port = at(ports, number);
    found.push_back({at(hosts, number), at(addresses, number), port.empty() ? usual_port() : port});
    // Of an empty one libpq makes what cannot be said of one alone.
    if ((hosts.size() > 1 && found.back().host.empty()) || (addresses.size() > 1 && found.back().hostaddr.empty())) {
      return as_it_is;
    }
  }
  return found;
}

}  // namespace sagad::postgresql

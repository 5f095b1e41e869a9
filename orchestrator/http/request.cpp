#include "http/message_head.hpp"
#include "http/server.hpp"

namespace sagad::http {

std::string_view request::find(std::string_view name) const noexcept {
  for (auto const& one : headers) {
    if (same_name(one.name, name)) return one.value;
  }
  return {};
}

bool request::has_header(std::string_view name) const noexcept {
  for (auto const& one : headers) {
    if (same_name(one.name, name)) return true;
  }
  return false;
}

}  // namespace sagad::http

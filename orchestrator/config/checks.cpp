#include "config/checks.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <variant>

#include "base/nearest.hpp"
#include "config/settings.hpp"
#include "http/endpoint_address.hpp"
#include "postgresql/url.hpp"

namespace sagad::config::check {
namespace {

constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view digits = "0123456789";

std::string quoted(std::string_view text) {
  constexpr std::size_t shown_max = 120;
  return "`" + std::string(text.substr(0, shown_max)) + (text.size() > shown_max ? "...`" : "`");
}

std::string lower_case(std::string_view text) {
  std::string changed(text);
  for (char& letter : changed) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return changed;
}

bool made_of(std::string_view text, std::initializer_list<std::string_view> letters) {
  return std::all_of(text.begin(), text.end(), [&](char letter) {
    return std::any_of(letters.begin(), letters.end(),
                       [&](std::string_view some) { return some.find(letter) != std::string_view::npos; });
  });
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char letter) { return letter > ' ' && letter < 0x7f; });
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  return !text.empty() && read.ec == std::errc() && read.ptr == text.data() + text.size();
}

// What stands before the port, without brackets; nothing when it is no IP address.
struct host {
  bool loopback = false;
};
std::optional<host> find_host(std::string_view listen_address) {
  const auto written = std::string(listen_address.substr(0, listen_address.rfind(':')));
  if (written == "localhost") return host{true};
  in_addr four{};
  if (inet_pton(AF_INET, written.c_str(), &four) == 1) return host{(ntohl(four.s_addr) >> 24U) == 127};
  if (written.size() < 3 || written.front() != '[' || written.back() != ']') return std::nullopt;
  in6_addr six{};
  if (inet_pton(AF_INET6, written.substr(1, written.size() - 2).c_str(), &six) != 1) return std::nullopt;
  return host{IN6_IS_ADDR_LOOPBACK(&six) != 0};
}

}  // namespace

std::string listen(std::string_view text) {
  const auto colon = text.rfind(':');
  if (is_port(text)) {
    return quoted(text) + " is a port alone: write an address before it, as in 127.0.0.1:" + std::string(text);
  }
  if (colon == std::string_view::npos) {
    return quoted(text) + " has no port: write an address and a port, as in 127.0.0.1:7070 or \"[::1]:7070\"";
  }
  if (!is_port(text.substr(colon + 1))) return quoted(text) + " ends in no port: write 0 (any free one) to 65535";
  if (find_host(text)) return {};
  return quoted(text) +
         " begins with no IP address: write one of this machine, as in 127.0.0.1:7070, \"[::1]:7070\" or 0.0.0.0:7070";
}

bool is_loopback(std::string_view listen_address) {
  const auto found = find_host(listen_address);
  return found && found->loopback;
}

bool is_database(std::string_view text) {
  return postgresql::is_url(text);
}

std::string journal(std::string_view text) {
  if (is_database(text)) {
    return postgresql::has_password(text) ? std::string(postgresql::password_advice) : path(text);
  }
  if (text == "memory:") return {};
  if (text.substr(0, 4) == "log:" && text.size() > 4) return path(text.substr(4));
  return quoted(text) +
         " is no journal: write `log:DIR` (kept in the folder DIR), `postgresql://USER@HOST/DATABASE` or `memory:` "
         "(lost at "
         "the end)";
}

std::string path(std::string_view text) {
  constexpr std::size_t path_bytes_max = 4096;
  if (text.find('\0') == std::string_view::npos && text.size() < path_bytes_max) return {};
  return quoted(text) + " is no path";
}

std::string folder(std::string_view text) {
  if (auto why = path(text); !why.empty() || text.empty()) return why;
  std::error_code failed;
  if (std::filesystem::is_directory(std::filesystem::path(text), failed)) return {};
  return quoted(text) + " is no folder: paths are relative to where sagad is started";
}

std::string public_url(std::string_view text) {
  if (text.empty()) return {};
  const auto scheme_end = text.find("://");
  const auto scheme = text.substr(0, scheme_end);
  const auto wrong = [&](std::string_view why) {
    return quoted(text) + " " + std::string(why) + ": write it as in https://sagad.example.com";
  };
  if (scheme_end == std::string_view::npos || (scheme != "http" && scheme != "https")) {
    return wrong("begins with neither http:// nor https://");
  }
  const auto rest = text.substr(scheme_end + 3);
  if (rest.empty() || rest.front() == '/' || rest.front() == ':') return wrong("names no host");
  if (!printable(rest) || rest.find_first_of("@?#\"\\") != std::string_view::npos) {
    return wrong("has a user, a query or characters that no address has");
  }
  return rest.back() == '/' ? wrong("ends in a slash") : std::string();
}

std::string endpoint(std::string_view text) {
  const auto parsed = http::parse_endpoint(text);
  const auto* why = std::get_if<std::string>(&parsed);
  return why == nullptr ? std::string() : *why;
}

std::string path_prefix(std::string_view text) {
  if (text.substr(0, 1) != "/") return quoted(text) + " is no path: it begins with a slash, as in /v1/";
  const auto segments = std::string(text) + "/";
  if (segments.find("/./") != std::string::npos || segments.find("/../") != std::string::npos) {
    return quoted(text) + " has a segment `.` or `..`, which no call may have";
  }
  if (printable(text) && text.find_first_of("?#%\\") == std::string_view::npos) return {};
  return quoted(text) + " has characters that no path prefix may have: no query, no blank, no `%`";
}

std::string name(std::string_view text) {
  const bool good =
      !text.empty() && text.size() <= 64 && made_of(text.substr(0, 1), {lower}) && made_of(text, {lower, digits, "_-"});
  return good ? std::string()
              : quoted(text) + " is no name: a lower-case letter, then at most 63 of a-z, 0-9, `_` and `-`";
}

std::string token_name(std::string_view text) {
  if (!text.empty() && text.size() <= 64 && printable(text)) return {};
  return quoted(text) + " cannot name a token: write 1 to 64 characters without blanks, as in shop";
}

std::string sha256(std::string_view text) {
  if (digest::parse_hex(text)) return {};
  // What stands there may be the token itself, so it is not repeated.
  return "this is no SHA-256: write its 64 hexadecimal digits, as `printf %s \"$TOKEN\" | sha256sum` prints them";
}

std::string role(std::string_view text) {
  std::vector<std::string_view> known;
  for (const auto each :
       {config::role::client, config::role::developer, config::role::operations, config::role::reader}) {
    if (config::name(each) == text) return {};
    known.emplace_back(config::name(each));
  }
  return quoted(text) + " is no role" + hint(text, known);
}

std::string header_name(std::string_view text) {
  constexpr std::array owned = {"host",       "content-length",  "content-type", "transfer-encoding",
                                "connection", "idempotency-key", "traceparent"};
  const bool good = !text.empty() && text.size() <= 64 && made_of(text, {lower, upper, digits, "!#$%&'*+-.^_`|~"});
  // What stands there may hold the secret itself, so it is not repeated.
  if (!good) return "this is no header's name: write one as in Authorization, without its value";
  const auto plain = lower_case(text);
  if (std::find(owned.begin(), owned.end(), plain) == owned.end() && plain.substr(0, 5) != "saga-") return {};
  return quoted(text) + " is written by sagad itself: credentials go into another header, as in Authorization";
}

std::string variable_name(std::string_view text) {
  if (text.empty()) return {};
  const bool good = made_of(text.substr(0, 1), {lower, upper, "_"}) && made_of(text, {lower, upper, digits, "_"});
  // What stands there may be the secret itself, so it is not repeated.
  return good ? std::string() : "this is no variable's name: write one as in ESCROW_TOKEN, never the value itself";
}

}  // namespace sagad::config::check

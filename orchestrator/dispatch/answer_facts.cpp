#include "dispatch/answer_facts.hpp"

#include <time.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.hpp"
#include "base/one_line.hpp"
#include "base/utf8.hpp"
#include "http/message_head.hpp"
#include "json/json.hpp"

namespace sagad::dispatch {
namespace {

constexpr std::uint64_t seconds_max = 10ULL * 366 * 24 * 3600;  ///< more is as good as for ever, and overflows nothing

std::optional<millis> parse_http_date(const std::string& text) {
  constexpr std::array forms = {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"};
  for (auto const* const form : forms) {
    tm at{};
    char const* const end = strptime(text.c_str(), form, &at);
    if (end != nullptr && *end == '\0') return static_cast<millis>(timegm(&at)) * 1000;
  }
  return std::nullopt;
}

constexpr std::size_t quoted_bytes_max = 100;

/// A header's value as a sentence shows it.
std::string quoted(std::string_view value) {
  bool const whole = value.size() <= quoted_bytes_max;
  return '"' + shown_body(value.substr(0, quoted_bytes_max)) + (whole ? "\"" : "...\"");
}

constexpr std::string_view blanks = " \t\r\n";

bool is_blank(char letter) noexcept {
  return blanks.find(letter) != std::string_view::npos;
}

bool is_control(char letter) noexcept {
  return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F;
}

/// The beginning of a text as one line.
std::string in_one_line(std::string_view text) {
  std::string out;
  bool apart = false;
  for (char const letter : shown_body(text)) {
    if (is_blank(letter)) {
      apart = !out.empty();
      continue;
    }
    if (apart) out += ' ';
    apart = false;
    out += is_control(letter) ? '?' : letter;
  }
  return std::string(beginning(out, failure_words_bytes_max));
}

}  // namespace

outcome parse_outcome(std::string_view text) noexcept {
  if (text.empty()) return outcome::absent;
  if (text == "done") return outcome::done;
  if (text == "rejected") return outcome::rejected;
  if (text == "in-progress") return outcome::in_progress;
  if (text == "refused") return outcome::refused;
  if (text == "differs") return outcome::differs;
  if (text == "stale") return outcome::stale;
  if (text == "failed") return outcome::failed;
  return outcome::unrecognized;
}

said_outcome read_outcome(const http::incoming& what) {
  std::optional<std::string_view> first;
  for (auto const& one : what.headers) {
    if (!http::same_name(one.name, "saga-outcome")) continue;
    if (first && *first != one.value) {
      return {outcome::unrecognized,
              "its Saga-Outcome is there twice, as " + quoted(*first) + " and as " + quoted(one.value)};
    }
    first = one.value;
  }
  auto const said = parse_outcome(first.value_or(""));
  if (said != outcome::unrecognized) return {said};
  return {said, "its Saga-Outcome is " + quoted(*first) +
                    ", and none of done, rejected, in-progress, refused, differs, stale, failed"};
}

std::string foreign_location(std::string_view text) {
  return "its Location " + quoted(text) +
         " is no place at this participant: an absolute path, or a URL below one of its configured endpoints, within "
         "its "
         "`paths`";
}

std::optional<millis> parse_retry_after(std::string_view text, millis unix_now_ms) {
  if (text.empty()) return std::nullopt;
  if (std::all_of(text.begin(), text.end(), is_digit)) {
    std::uint64_t seconds = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (read.ec != std::errc()) seconds = seconds_max;
    return static_cast<millis>(std::min(seconds, seconds_max) * 1000);
  }
  auto const at = parse_http_date(std::string(text));
  if (!at) return std::nullopt;
  return std::max<millis>(0, *at - unix_now_ms);
}

std::string shown_body(std::string_view body) {
  std::string out;
  auto const limit = std::min(body.size(), shown_body_bytes_max);
  out.reserve(limit);
  for (std::size_t at = 0; at < body.size();) {
    auto const size = character_size(body, at);
    if (out.size() + std::max<std::size_t>(size, 1) > limit) break;
    if (size == 0) {
      out += '?';
      ++at;
    } else {
      out.append(body, at, size);
      at += size;
    }
  }
  return out;
}

std::string failure_words(std::string_view body) {
  auto const first = body.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  if (body[first] == '{' && !json::check(body)) {
    for (std::string const name : {"detail", "message"}) {
      auto const raw = json::slice(body, json::path(&name, 1));
      auto words = raw.starts_with('"') ? in_one_line(json::unescape(raw)) : std::string();
      if (!words.empty()) return words;
    }
    if (json::canonical(body) == "{}") return {};
  }
  auto const shown = body.substr(first, shown_body_bytes_max);
  bool const is_text =
      std::none_of(shown.begin(), shown.end(), [](char letter) { return is_control(letter) && !is_blank(letter); });
  return is_text ? in_one_line(body.substr(first)) : std::string();
}

std::string own_location(std::string_view text, std::span<const std::string> authorities) {
  constexpr std::string_view scheme = "http://";
  if (text.starts_with(scheme)) {
    auto const rest = text.substr(scheme.size());
    auto const authority = rest.substr(0, rest.find_first_of("/?#"));
    if (std::find(authorities.begin(), authorities.end(), authority) == authorities.end()) return {};
    text = rest.substr(authority.size());
  }
  text = text.substr(0, text.find('#'));
  if (!text.starts_with('/') || text.starts_with("//")) return {};
  return std::string(text);
}

}  // namespace sagad::dispatch

#include "api/keys.hpp"

#include <algorithm>
#include <boost/container/small_vector.hpp>

#include "base/ascii.hpp"
#include "http/message_head.hpp"

namespace sagad::api {
namespace {

constexpr std::size_t key_bytes_max = 128;

bool is_key(std::string_view text) noexcept {
  return !text.empty() && text.size() <= key_bytes_max && std::all_of(text.begin(), text.end(), [](char letter) {
    return is_letter_or_digit(letter) || letter == '.' || letter == '_' || letter == '~' || letter == ':' ||
           letter == '-';
  });
}

using given_keys = boost::container::small_vector<std::string_view, 4>;

given_keys in_headers(const http::request& request) {
  given_keys given;
  for (const auto& header : request.headers) {
    if (!http::same_name(header.name, "idempotency-key")) continue;
    auto value = header.value;
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    given.push_back(value);
  }
  return given;
}

std::variant<std::string, problem> the_one(const given_keys& given) {
  for (auto one : given) {
    if (auto bad = unlike_a_key(one)) return std::move(*bad);
    if (one != given.front()) {
      return problem{problem_code::invalid_argument, "the key is given twice and differs: give it once"};
    }
  }
  return given.empty() ? std::string() : std::string(given.front());
}

}  // namespace

std::optional<problem> unlike_a_key(std::string_view text) {
  if (is_key(text)) return std::nullopt;
  return problem{problem_code::invalid_argument, "a key is 1 to 128 of A-Z a-z 0-9 . _ ~ : -"};
}

std::variant<std::string, problem> key_in_header(const http::request& request) {
  return the_one(in_headers(request));
}

std::variant<std::string, problem> key_of(const http::request& request, const target& where,
                                          std::optional<std::string_view> in_body) {
  auto given = in_headers(request);
  for (const auto& [name, value] : where.query) {
    if (name == "key") given.push_back(value);
  }
  if (in_body) given.push_back(*in_body);
  return the_one(given);
}

}  // namespace sagad::api

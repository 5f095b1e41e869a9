#include "participants/sdk/call_headers.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "compensations/barrier/request_digest.hpp"
#include "compensations/barrier/saga_time.hpp"
#include "participants/sdk/problem.hpp"

namespace sagad::participants {
namespace {

constexpr std::int64_t counter_max = 1'000'000'000;
constexpr std::size_t callback_bytes_max = 2048;
constexpr std::size_t step_bytes_max = 64;

const std::string& required(const http_request& asked, std::string_view lower, std::string_view shown) {
  const std::string* value = asked.header(lower);
  if (value == nullptr) {
    throw bad_input("The header " + std::string(shown) +
                    " is missing. A saga's call carries Saga-Id, Saga-Step, Saga-Operation and Saga-Generation.");
  }
  return *value;
}

std::int64_t counter(const std::string& text, std::string_view shown) {
  std::int64_t value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > counter_max) {
    throw bad_input(std::string(shown) + " must be an integer from 0 to " + std::to_string(counter_max) + ".");
  }
  return value;
}

bool is_step_name(std::string_view name) {
  if (name.empty() || name.size() > step_bytes_max || name[0] < 'a' || name[0] > 'z') return false;
  return std::all_of(name.begin(), name.end(), [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_' || letter == '-';
  });
}

barrier::operation parse_operation(const std::string& text) {
  if (text == "action") return barrier::operation::action;
  if (text == "compensation") return barrier::operation::compensation;
  throw bad_input("Saga-Operation must be action or compensation.");
}

void check_key(const http_request& asked, const barrier::call& of, const std::string& operation) {
  const std::string* sent = asked.header("idempotency-key");
  if (sent == nullptr) return;
  const std::string key = of.saga + "/" + of.step + "/" + operation + "/" + std::to_string(of.generation);
  if (*sent == key || *sent == "\"" + key + "\"") return;
  throw bad_input("Idempotency-Key and the Saga- headers name different calls. Send " + key + ".");
}

}  // namespace

call_headers read_call_headers(const http_request& asked) {
  call_headers made;
  made.of.saga = required(asked, "saga-id", "Saga-Id");
  if (!barrier::saga_time_ms(made.of.saga)) {
    throw bad_input("Saga-Id must be 26 characters of upper-case Crockford base32, the first one 0 to 7.");
  }
  made.of.step = required(asked, "saga-step", "Saga-Step");
  if (!is_step_name(made.of.step)) throw bad_input("Saga-Step must match [a-z][a-z0-9_-]{0,63}.");
  const std::string& operation = required(asked, "saga-operation", "Saga-Operation");
  made.of.of = parse_operation(operation);
  made.of.generation = counter(required(asked, "saga-generation", "Saga-Generation"), "Saga-Generation");
  check_key(asked, made.of, operation);
  if (const std::string* attempt = asked.header("saga-attempt")) made.attempt = counter(*attempt, "Saga-Attempt");
  if (const std::string* callback = asked.header("saga-callback")) {
    const bool known = callback->starts_with("http://") || callback->starts_with("https://");
    if (!known || callback->size() > callback_bytes_max) {
      throw bad_input("Saga-Callback must be an http:// or https:// URL of at most " +
                      std::to_string(callback_bytes_max) + " bytes.");
    }
    made.callback = *callback;
  }
  made.of.request_digest = barrier::request_digest(asked.method, asked.target, asked.body);
  return made;
}

}  // namespace sagad::participants

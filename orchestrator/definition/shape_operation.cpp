#include <algorithm>

#include "definition/decimal.hpp"
#include "definition/fields.hpp"
#include "definition/header_lines.hpp"
#include "definition/quantity.hpp"
#include "definition/shape.hpp"

namespace sagad::definition {
namespace {

constexpr std::string_view methods[] = {"get", "post", "put", "patch", "delete"};

// A participant keeps for 90 days what it answered; past that it refuses.
constexpr millis kept_by_participants_ms = 90 * day_ms;

void read_target(const node& written, std::string_view what, declared::operation& into, mistake_list& found) {
  const node_member* chosen = nullptr;
  for (const auto& member : written.members) {
    if (std::find(std::begin(methods), std::end(methods), member.name) == std::end(methods)) continue;
    if (chosen != nullptr) {
      found.add(member.at, std::string(what) + " has two methods, `" + chosen->name + "` and `" + member.name +
                               "`: leave one out");
      return;
    }
    chosen = &member;
  }
  if (chosen == nullptr) {
    found.add(written.at, std::string(what) + " does not say what to call: write, for example, `post: /v1/holds`");
    return;
  }
  into.method = chosen->name;
  into.target = {chosen->value.text, chosen->value.at};
  if (chosen->value.is != node::type::string) {
    found.add(chosen->value.at,
              "`" + chosen->name + "` is " + shown(chosen->value) + ", where a path is expected, as in /v1/holds");
  }
}

void read_body(const node& written, std::string_view what, declared::operation& into, mistake_list& found) {
  const node* body = written.find("body");
  if (body == nullptr) return;
  if (body->is == node::type::null) {
    found.add(body->at, "`body` of " + std::string(what) + " is empty: leave it out, or write {}");
  } else if (into.method == "get") {
    found.add(body->at, "`get` sends no body: leave it out, or write `post`");
  } else {
    into.body = *body;
    sort_members(*into.body);
  }
}

void read_header(const node_member& written, std::string_view what, declared::operation& into, mistake_list& found) {
  if (const auto why = check_header_name(written.name)) {
    found.add(written.at, std::string(what) + " has the header `" + written.name + "`, which " + *why);
  } else if (written.value.is != node::type::string && written.value.is != node::type::number &&
             written.value.is != node::type::boolean) {
    found.add(written.value.at, "the header `" + written.name + "` of " + std::string(what) + " is " +
                                    shown(written.value) + ", where text is expected");
  } else {
    into.headers.push_back({{written.name, written.at}, {written.value.text, written.value.at}});
  }
}

void read_headers(const node& written, std::string_view what, declared::operation& into, mistake_list& found) {
  const node* headers = written.find("headers");
  if (headers == nullptr) return;
  if (headers->is != node::type::mapping) {
    found.add(headers->at,
              "`headers` is a mapping of names to values, as in {X-Tenant: \"${input.tenant}\"}, and here "
              "stands " +
                  std::string(describe(*headers)));
    return;
  }
  for (const auto& member : headers->members) read_header(member, what, into, found);
  auto& read = into.headers;
  std::sort(read.begin(), read.end(),
            [](const auto& left, const auto& right) { return left.name.text < right.name.text; });
  for (auto one = read.begin(); one != read.end(); ++one) {
    const auto same = [one](const auto& other) { return lower_case(one->name.text) == lower_case(other.name.text); };
    const bool is_double = std::any_of(read.begin(), one, same);
    if (is_double) {
      found.add(one->name.at, std::string(what) + " has the header `" + one->name.text +
                                  "` twice, written in two ways: leave one out");
    }
  }
}

bool may_reject(std::int64_t status) {
  return status >= 400 && status <= 499 && status != 408 && status != 425 && status != 429;
}

void read_rejects(const node& written, declared::operation& into, mistake_list& found) {
  const node* rejects = written.find("rejects");
  if (rejects == nullptr) return;
  if (rejects->is != node::type::sequence) {
    found.add(rejects->at,
              "`rejects` is a list of statuses, as in [404], and here stands " + std::string(describe(*rejects)));
    return;
  }
  for (const auto& item : rejects->items) {
    const auto read = item.is == node::type::number ? exact_integer(item.text) : std::nullopt;
    const bool three_digits = read && *read >= 0 && *read <= 999;
    const auto status = three_digits ? *read : 0;
    if (!may_reject(status)) {
      std::string text = "`rejects` has " + shown(item) +
                         ": write statuses from 400 to 499, but never 408, 425 and 429 (nor any 5xx), after "
                         "which nobody knows whether the participant acted";
      if (!three_digits) {
        found.add(item.at, std::move(text));
        continue;
      }
      if (found.forbid(item.at, std::move(text))) continue;
    }
    // These two reject always.
    if (status != 409 && status != 422) into.rejects.push_back(static_cast<std::uint16_t>(status));
  }
  std::sort(into.rejects.begin(), into.rejects.end());
  into.rejects.erase(std::unique(into.rejects.begin(), into.rejects.end()), into.rejects.end());
}

void read_answer(const node& written, std::string_view what, declared::operation& into, mistake_list& found) {
  const node* answer = written.find("answer");
  if (answer == nullptr || (answer->is == node::type::string && answer->text == "none")) return;
  into.late_at = answer->at;
  const fields in(*answer, "`answer`", {"within", "by"}, found, "{within: 24h, by: callback}");
  if (!in.usable()) return;
  if (in.find("within") == nullptr || in.find("by") == nullptr) {
    found.add(answer->at,
              "`answer` needs both: how long it is awaited, and how it comes, as in {within: 24h, by: callback}");
    return;
  }
  into.within_ms = in.duration("within", 1, kept_by_participants_ms).value_or(1);
  into.late = in.choice("by", {"callback", "poll"}).value_or(0) == 0 ? late_answer::callback : late_answer::poll;
  if (into.retry.elapsed_ms == 0) {
    found.forbid(answer->at, std::string(what) +
                                 " awaits an answer and tries without an end: write an `elapsed` that, "
                                 "with `within`, is at most 90d, for which participants know what they answered");
  } else if (into.within_ms + into.retry.elapsed_ms > kept_by_participants_ms) {
    found.forbid(answer->at, std::string(what) + " may take " + duration_text(into.within_ms) + " (`within`) and " +
                                 duration_text(into.retry.elapsed_ms) +
                                 " (`elapsed`): shorten one, as participants know for 90d what they answered, and "
                                 "together they may be no more");
  }
}

}  // namespace

void read_retry(const node& written, compensations::retry_policy& into, mistake_list& found) {
  const fields in(written, "`retry`", {"attempts", "elapsed", "delay", "factor", "delay_max", "stuck_retry"}, found,
                  "{attempts: 5}");
  if (!in.usable()) return;
  constexpr std::uint32_t attempts_most = 1'000'000;
  if (const auto attempts = in.count("attempts", attempts_most, "unbounded")) into.attempts_max = *attempts;
  if (const auto elapsed = in.duration("elapsed", 1, kept_by_participants_ms, "unbounded")) into.elapsed_ms = *elapsed;
  if (const auto delay = in.duration("delay", compensations::delay_least_ms, day_ms)) into.delay_ms = *delay;
  if (const auto most = in.duration("delay_max", compensations::delay_max_least_ms, day_ms)) into.delay_max_ms = *most;
  constexpr millis stuck_retry_most = 30 * day_ms;
  const auto stuck = in.duration("stuck_retry", compensations::stuck_retry_least_ms, stuck_retry_most, "0s");
  if (stuck) into.stuck_retry_ms = *stuck;
  if (const node* factor = in.find("factor")) {
    const auto permille = factor->is == node::type::number ? parse_factor(factor->text) : std::nullopt;
    if (permille) {
      into.factor_permille = *permille;
    } else {
      found.add(factor->at, "`factor` is " + shown(*factor) +
                                ", where a number from 1 to 100 with at most three places is expected, as in 1.5");
    }
  }
  if (into.delay_ms > into.delay_max_ms) {
    found.forbid(written.at, "`delay` is " + duration_text(into.delay_ms) + " and `delay_max` only " +
                                 duration_text(into.delay_max_ms) + ": write a `delay_max` that is not below `delay`");
  }
}

declared::operation read_operation(const node& written, std::string_view what, operation_kind kind,
                                   const operation_defaults& defaults, mistake_list& found) {
  const bool may_turn_back = kind == operation_kind::turns_back;
  declared::operation operation;
  operation.at = operation.retry_at = written.at;
  operation.timeout_ms = defaults.timeout_ms;
  operation.retry =
      may_turn_back ? compensations::defaults_of_compensatable_action() : compensations::defaults_of_must_succeed();
  const fields in(written, what,
                  {"get", "post", "put", "patch", "delete", "body", "headers", "timeout", "retry", "rejects", "answer"},
                  found, "{post: /v1/holds}");
  if (!in.usable()) return operation;
  if (may_turn_back && defaults.retry != nullptr) {
    mistake_list told_already;  // where the defaults themselves are read
    read_retry(*defaults.retry, operation.retry, told_already);
  }
  if (const node* retry = in.find("retry")) {
    operation.retry_at = retry->at;
    read_retry(*retry, operation.retry, found);
  }
  constexpr millis timeout_most = 3'600'000;
  if (const auto timeout = in.duration("timeout", 1, timeout_most)) operation.timeout_ms = *timeout;
  read_target(written, what, operation, found);
  read_body(written, what, operation, found);
  read_headers(written, what, operation, found);
  read_rejects(written, operation, found);
  read_answer(written, what, operation, found);
  // Of what awaits a late answer it was told there.
  const bool must_end = kind != operation_kind::must_succeed && operation.late == late_answer::none;
  if (must_end && operation.retry.elapsed_ms == 0) {
    found.forbid(operation.retry_at,
                 std::string(what) +
                     " is tried without an end while its participant cannot be reached, as only what was sent counts "
                     "as an attempt: bound `elapsed`, as in {attempts: 5, elapsed: 20s}");
  }
  return operation;
}

}  // namespace sagad::definition

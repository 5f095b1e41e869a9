#include "api/event_query.hpp"

#include <algorithm>
#include <charconv>

#include "api/members.hpp"
#include "base/nearest.hpp"
#include "engine/engine.hpp"
#include "http/message_head.hpp"

namespace sagad::api {
namespace {

constexpr std::size_t events_a_page_max = 1000;
constexpr std::size_t asked_bytes_max = 256;

constexpr auto first_fact = static_cast<unsigned>(engine::fact::started);
constexpr auto last_fact = static_cast<unsigned>(engine::fact::passed_over);

std::uint32_t fact_named(std::string_view word) noexcept {
  for (auto number = first_fact; number <= last_fact; ++number) {
    if (engine::name(static_cast<engine::fact>(number)) == word) return 1U << number;
  }
  return 0;
}

// ": did you mean `finished`?", or the names there are.
std::string fact_meant(std::string_view word) {
  std::vector<std::string_view> names;
  for (auto number = first_fact; number <= last_fact; ++number) {
    names.push_back(engine::name(static_cast<engine::fact>(number)));
  }
  return hint(word, names);
}

template <typename Number>
bool whole_number(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}

// Each: empty when it was taken, else how the value is written.

std::string want_facts(std::string_view value, event_filter& into) {
  while (true) {
    const auto comma = value.find(',');
    const auto fact = fact_named(value.substr(0, comma));
    if (fact == 0) {
      return "one or more names of events, as they stand in records, with commas between, as in started,finished; `" +
             std::string(value.substr(0, comma)) + "` is none" + fact_meant(value.substr(0, comma));
    }
    into.facts |= fact;
    if (comma == std::string_view::npos) return {};
    value.remove_prefix(comma + 1);
  }
}

std::string want_definition(std::string_view value, event_filter& into) {
  const auto mark = value.find('@');
  into.definition = value.substr(0, mark);
  bool good = !into.definition.empty() && value.size() <= asked_bytes_max;
  if (mark != std::string_view::npos) good = good && whole_number(value.substr(mark + 1), into.version.emplace());
  return good ? std::string() : "a definition's name, or name@version";
}

std::string begin_after(std::string_view value, const event_places& places, event_query& into) {
  into.from_now = value == "now";
  if (into.from_now) return {};
  into.after = places.parse(value);
  return into.after ? std::string()
                    : "what this coordinator's journal has told as `next` or as an event's id, or `now`";
}

std::string take_asked(std::string_view name, std::string_view value, const event_places& places, event_query& into) {
  if (name == "after") return begin_after(value, places, into);
  if (name == "event") return want_facts(value, into.wanted);
  if (name == "definition") return want_definition(value, into.wanted);
  if (name == "saga") {
    into.wanted.saga = saga_id::parse(value);
    return into.wanted.saga ? std::string() : "a saga's id, as its start answered";
  }
  if (name == "starter") {
    into.wanted.starter = value;
    return !value.empty() && value.size() <= asked_bytes_max ? std::string() : "the name of a token";
  }
  const bool good =
      whole_number(value, into.events_max) && into.events_max >= 1 && into.events_max <= events_a_page_max;
  return good ? std::string() : "a number from 1 to 1000";
}

}  // namespace

std::variant<event_query, problem> read_event_query(const std::vector<std::pair<std::string, std::string>>& parameters,
                                                    const event_places& places) {
  event_query query;
  for (std::size_t at = 0; at < parameters.size(); ++at) {
    const auto& [name, value] = parameters[at];
    constexpr std::string_view known[] = {"after", "limit", "definition", "saga", "event", "starter"};
    if (std::find(std::begin(known), std::end(known), name) == std::end(known)) {
      return problem{problem_code::invalid_argument, not_known(name, known)};
    }
    const bool twice = std::any_of(parameters.begin(), parameters.begin() + static_cast<std::ptrdiff_t>(at),
                                   [&name = name](const auto& one) { return one.first == name; });
    const auto wrong = twice ? "given twice: leave one out" : take_asked(name, value, places, query);
    if (!wrong.empty()) return problem{problem_code::invalid_argument, "`" + name + "` is " + wrong};
  }
  return query;
}

bool accepts_stream(std::string_view accept) noexcept {
  while (!accept.empty()) {
    const auto comma = accept.find(',');
    auto one = accept.substr(0, std::min(comma, accept.size()));
    one = one.substr(0, one.find(';'));
    while (one.starts_with(' ') || one.starts_with('\t')) one.remove_prefix(1);
    while (one.ends_with(' ') || one.ends_with('\t')) one.remove_suffix(1);
    if (http::same_name(one, "text/event-stream")) return true;
    if (comma == std::string_view::npos) return false;
    accept.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace sagad::api

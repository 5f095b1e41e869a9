#include "api/event_query.hpp"

#include <algorithm>
#include <array>
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

std::string want_saga(std::string_view value, event_filter& into) {
  into.saga = saga_id::parse(value);
  return into.saga ? std::string() : "a saga's id, as its start answered";
}

std::string want_starter(std::string_view value, event_filter& into) {
  into.starter = value;
  return !value.empty() && value.size() <= asked_bytes_max ? std::string() : "the name of a token";
}

std::string limit_events(std::string_view value, const event_places&, event_query& into) {
  const bool good =
      whole_number(value, into.events_max) && into.events_max >= 1 && into.events_max <= events_a_page_max;
  return good ? std::string() : "a number from 1 to 1000";
}

struct event_parameter {
  std::string_view name;
  std::string (*take)(std::string_view value, const event_places& places, event_query& into);
};

template <auto want>
std::string taken(std::string_view value, const event_places&, event_query& into) {
  return want(value, into.wanted);
}

constexpr std::array event_parameters{
    event_parameter{"after", begin_after},
    event_parameter{"limit", limit_events},
    event_parameter{"definition", taken<want_definition>},
    event_parameter{"saga", taken<want_saga>},
    event_parameter{"event", taken<want_facts>},
    event_parameter{"starter", taken<want_starter>},
};

std::string unknown_event_parameter(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& one : event_parameters) names.push_back(one.name);
  return not_known(name, names);
}

}  // namespace

std::variant<event_query, problem> read_event_query(const std::vector<std::pair<std::string, std::string>>& parameters,
                                                    const event_places& places) {
  event_query query;
  std::array<bool, event_parameters.size()> seen{};
  for (const auto& [name, value] : parameters) {
    std::size_t at = 0;
    while (at < event_parameters.size() && event_parameters[at].name != name) ++at;
    if (at == event_parameters.size()) return problem{problem_code::invalid_argument, unknown_event_parameter(name)};
    const auto wrong =
        std::exchange(seen[at], true) ? "given twice: leave one out" : event_parameters[at].take(value, places, query);
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

#include "api/list_query.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

#include "api/members.hpp"
#include "base/nearest.hpp"
#include "base/saga_id_range.hpp"
#include "base/timestamps.hpp"
#include "engine/engine.hpp"
#include "json/json.hpp"

namespace sagad::api {
namespace {

constexpr std::size_t sagas_max = 1000;
constexpr std::size_t value_bytes_max = 256;
constexpr std::size_t labels_max = 8;
constexpr std::string_view label_prefix = "label.";

// Empty: taken. Else how the value is written.
using taking = std::string (*)(std::string_view value, views::query& into);

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string take_states(std::string_view value, views::query& into) {
  while (true) {
    const auto comma = value.find(',');
    const auto word = value.substr(0, comma);
    if (word == "unfinished") {
      into.filter.states |= views::unfinished;
    } else if (const auto state = views::parse_shown(word)) {
      into.filter.states |= views::only(*state);
    } else {
      constexpr std::string_view states[] = {"running",   "compensating", "stuck",    "paused",
                                             "completed", "compensated",  "resolved", "unfinished"};
      return "one or more states, with commas between; `" + std::string(word) + "` is none" + hint(word, states);
    }
    if (comma == std::string_view::npos) return {};
    value.remove_prefix(comma + 1);
  }
}

std::string take_definition(std::string_view value, views::query& into) {
  const auto mark = value.find('@');
  into.filter.definition = value.substr(0, mark);
  if (mark != std::string_view::npos) into.filter.version = parse_number<std::uint32_t>(value.substr(mark + 1));
  const bool good = !into.filter.definition.empty() && (mark == std::string_view::npos || into.filter.version);
  return good ? std::string() : "a definition's name, or name@version";
}

std::string take_time(std::string_view value, millis& into) {
  const auto at = parse_timestamp(value);
  if (at) into = *at;
  return at ? std::string()
            : "a time: 2026-05-04T10:20:30Z, or with an offset, whose `+` is written %2B in a query, or a day in UTC: "
              "2026-05-04";
}

std::string take_text(std::string_view value, std::string& into, std::string_view what) {
  into = value;
  const bool good = !value.empty() && value.size() <= value_bytes_max && json::valid_utf8(value);
  return good ? std::string() : std::string(what) + ", at most 256 bytes";
}

std::string take_error(std::string_view value, views::query& into) {
  const auto error = views::parse_error(value);
  if (error) into.filter.error = *error;
  if (error) return {};
  std::vector<std::string_view> names;
  for (unsigned number = 1; engine::name(static_cast<engine::cause>(number)) != "?"; ++number) {
    names.push_back(engine::name(static_cast<engine::cause>(number)));
  }
  names.push_back("internal");
  return "the name of a cause, as lists show it" + hint(value, names);
}

// All ids that begin so.
std::string take_id(std::string_view value, views::query& into) {
  const auto range = saga_ids_beginning_with(value);
  if (!range) return "a saga's id or its beginning, as its start answered";
  into.filter.lowest = range->first;
  into.filter.highest = range->second;
  return {};
}

std::string take_limit(std::string_view value, views::query& into) {
  const auto limit = parse_number<std::size_t>(value);
  if (limit) into.sagas_max = *limit;
  return limit && *limit >= 1 && *limit <= sagas_max ? std::string() : "a number from 1 to 1000";
}

std::string take_cursor(std::string_view value, views::query& into) {
  into.before = saga_id::parse(value);
  return into.before ? std::string() : "what an earlier page answered as `next`";
}

std::string take_after(std::string_view value, views::query& into) {
  const auto dash = value.find('-');
  const auto partition = parse_number<partition_no>(value.substr(0, dash));
  const auto position =
      dash == std::string_view::npos ? std::nullopt : parse_number<journal::position>(value.substr(dash + 1));
  if (!partition || *partition >= partitions || !position) return "a `Saga-Position`, as a start or a command answered";
  into.after = views::place{*partition, *position};
  return {};
}

std::string take_counts(std::string_view value, views::query& into) {
  into.counts = value == "true";
  return value == "true" || value == "false" ? std::string() : "true or false";
}

struct parameter {
  std::string_view name;
  taking take;
  bool narrows = true;  ///< else it is about the page
};

constexpr std::array parameters_known{
    parameter{"state", take_states},
    parameter{"definition", take_definition},
    parameter{"since", [](std::string_view value, views::query& into) { return take_time(value, into.filter.since); }},
    parameter{"until", [](std::string_view value, views::query& into) { return take_time(value, into.filter.until); }},
    parameter{"step", [](std::string_view value,
                         views::query& into) { return take_text(value, into.filter.step, "a step's name"); }},
    parameter{"error", take_error},
    parameter{"key",
              [](std::string_view value, views::query& into) {
                return take_text(value, into.filter.key.emplace(), "the key that a start had");
              }},
    parameter{"id", take_id},
    parameter{"starter",
              [](std::string_view value, views::query& into) {
                return take_text(value, into.filter.starter, "the name of a token");
              }},
    parameter{"text", [](std::string_view value,
                         views::query& into) { return take_text(value, into.filter.text, "what is searched for"); }},
    parameter{"limit", take_limit, false},
    parameter{"cursor", take_cursor, false},
    parameter{"after", take_after, false},
    parameter{"counts", take_counts, false},
};

// Empty: taken. Else what is wrong with it.
std::string take_label(std::string_view name, std::string_view value, views::query& into) {
  auto& label = into.filter.labels.emplace_back(name.substr(label_prefix.size()), value);
  if (into.filter.labels.size() > labels_max) return "one label too many: at most 8";
  // An empty one, too, is what a start may have.
  return value.empty() ? std::string() : take_text(value, label.second, "a label's value, as the start had it");
}

std::string unknown_parameter(std::string_view name, bool only_narrowing) {
  std::vector<std::string_view> names;
  for (const auto& one : parameters_known) {
    if (one.narrows || !only_narrowing) names.push_back(one.name);
  }
  names.push_back("label.NAME");
  return not_known(name, names);
}

std::variant<views::query, problem> read(const std::vector<std::pair<std::string, std::string>>& parameters,
                                         bool only_narrowing) {
  views::query query;
  std::array<bool, parameters_known.size()> seen{};
  for (const auto& [name, value] : parameters) {
    if (std::string_view(name).starts_with(label_prefix) && name.size() > label_prefix.size()) {
      const auto wrong = take_label(name, value, query);
      if (!wrong.empty()) return problem{problem_code::invalid_argument, "`" + name + "` is " + wrong};
      continue;
    }
    std::size_t at = 0;
    while (at < parameters_known.size() && parameters_known[at].name != name) ++at;
    if (at == parameters_known.size() || (only_narrowing && !parameters_known[at].narrows)) {
      return problem{problem_code::invalid_argument, unknown_parameter(name, only_narrowing)};
    }
    if (std::exchange(seen[at], true)) {
      return problem{problem_code::invalid_argument, "`" + name + "` is given twice: leave one out"};
    }
    const auto wrong = parameters_known[at].take(value, query);
    if (!wrong.empty()) return problem{problem_code::invalid_argument, "`" + name + "` is " + wrong};
  }
  if (query.filter.until <= query.filter.since) {
    return problem{problem_code::invalid_argument,
                   "`until` is not after `since`, and nothing was started in between: of one day, for example, write "
                   "since=2026-05-04 and until=2026-05-05"};
  }
  return query;
}

}  // namespace

std::variant<views::query, problem> read_list_query(
    const std::vector<std::pair<std::string, std::string>>& parameters) {
  return read(parameters, false);
}

std::variant<views::filter, problem> read_filter(const std::vector<std::pair<std::string, std::string>>& parameters) {
  auto query = read(parameters, true);
  if (auto* bad = std::get_if<problem>(&query)) return std::move(*bad);
  return std::move(std::get<views::query>(query).filter);
}

}  // namespace sagad::api

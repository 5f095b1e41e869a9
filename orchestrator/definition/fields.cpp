#include "definition/fields.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "base/ascii.hpp"
#include "base/nearest.hpp"
#include "definition/decimal.hpp"
#include "definition/other_words.hpp"
#include "definition/quantity.hpp"

namespace sagad::definition {

fields::fields(const node& of, std::string_view what, std::initializer_list<std::string_view> known,
               mistake_list& found, std::string_view example)
    : of_(of), found_(found) {
  if (!usable()) {
    found.add(of.at, std::string(what) + " is a mapping, " +
                         (example.empty() ? "written `key: value`" : "as in " + std::string(example)) +
                         ", and here stands " + std::string(describe(of)));
    return;
  }
  for (const auto& member : of.members) {
    if (std::find(known.begin(), known.end(), member.name) != known.end()) continue;
    found.add(member.at, [&] {
      return "unknown key `" + member.name + "` in " + std::string(what) +
             hint_of_meaning(member.name, {known.begin(), known.size()});
    });
  }
}

void fields::refuse(const node& value, std::string_view key, std::string_view expected, std::string_view hint) const {
  found_.add(value.at, "`" + std::string(key) + "` is " + shown(value) + ", where " + std::string(expected) +
                           " is expected" + std::string(hint));
}

std::optional<std::string> fields::text(std::string_view key) const {
  const node* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is == node::type::string) return value->text;
  refuse(*value, key, "text");
  return std::nullopt;
}

bool check_name(const node& value, std::string_view key, mistake_list& found) {
  if (value.is == node::type::string && is_name(value.text)) return true;
  std::string text = "`" + std::string(key) + "` is " + shown(value) +
                     ", where a name is expected: up to 64 of a-z, 0-9, _ and -, a letter first";
  if (value.is == node::type::string) return !found.forbid(value.at, std::move(text));
  found.add(value.at, std::move(text));
  return false;
}

std::optional<std::string> fields::name(std::string_view key) const {
  const node* value = find(key);
  if (value == nullptr || !check_name(*value, key, found_)) return std::nullopt;
  return value->text;
}

std::optional<millis> fields::duration(std::string_view key, millis least, millis most, std::string_view word) const {
  const node* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is == node::type::string && !word.empty() && value->text == word) return 0;
  const bool is_digits = value->is == node::type::string && !value->text.empty() &&
                         std::all_of(value->text.begin(), value->text.end(), is_digit);
  if (value->is == node::type::number || is_digits) {
    found_.add(value->at, "`" + std::string(key) + ": " + value->text + "` has no unit: write, for example, " +
                              value->text + "s or " + value->text + "ms (ms, s, m, h, d)");
    return std::nullopt;
  }
  const auto duration = value->is == node::type::string ? parse_duration(value->text) : std::nullopt;
  if (!duration) {
    const auto likely = value->is == node::type::string ? likely_duration(value->text) : std::nullopt;
    refuse(*value, key, "a whole number with a unit, as in 250ms, 30s, 10m, 24h or 7d,",
           likely ? ": did you mean `" + duration_text(*likely) + "`?" : "");
    return std::nullopt;
  }
  if (*duration >= least && *duration <= most) return duration;
  std::string limits = "`" + std::string(key) + "` is `" + value->text + "`: write a duration from " +
                       duration_text(least) + " to " + duration_text(most);
  if (!word.empty()) limits += ", or `" + std::string(word) + "`";
  if (found_.forbid(value->at, std::move(limits))) return std::nullopt;
  return duration;
}

std::optional<std::uint32_t> fields::count(std::string_view key, std::uint32_t most, std::string_view word) const {
  const node* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is == node::type::string && value->text == word) return 0;
  constexpr std::int64_t stored_most = std::numeric_limits<std::uint32_t>::max();
  const auto count = value->is == node::type::number ? exact_integer(value->text) : std::nullopt;
  if (count && *count >= 1 && *count <= (found_.source() == text_source::journal ? stored_most : most)) {
    return static_cast<std::uint32_t>(*count);
  }
  refuse(*value, key, "a whole number from 1 to " + std::to_string(most) + ", or `" + std::string(word) + "`,");
  return std::nullopt;
}

std::optional<std::size_t> fields::choice(std::string_view key, std::initializer_list<std::string_view> choices) const {
  const node* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is == node::type::string) {
    const auto chosen = std::find(choices.begin(), choices.end(), value->text);
    if (chosen != choices.end()) return static_cast<std::size_t>(chosen - choices.begin());
  }
  std::string list;
  for (const auto choice : choices) {
    if (!list.empty()) list += choice == *(choices.end() - 1) ? " or " : ", ";
    list += "`" + std::string(choice) + "`";
  }
  const auto meant = value->is == node::type::string ? nearest(value->text, {choices.begin(), choices.size()}) : "";
  refuse(*value, key, list, meant.empty() ? "" : ": did you mean `" + std::string(meant) + "`?");
  return std::nullopt;
}

}  // namespace sagad::definition

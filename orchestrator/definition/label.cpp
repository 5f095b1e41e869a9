#include "definition/label.hpp"

#include <algorithm>

#include "definition/expression/expression.hpp"
#include "json/cursor.hpp"
#include "json/json.hpp"

namespace sagad::definition {
namespace {

label_value::made wrong(std::string why) {
  return {std::nullopt, std::move(why)};
}

void append_label(std::string& out, std::string_view name, std::string_view raw_value) {
  out += out.empty() ? '{' : ',';
  json::append_string(out, name);
  out += ':';
  out += raw_value;
}

// What the start brought along, name by name, or the name that is not its own to give.
std::optional<std::string> append_given(std::string& out, std::string_view given, const label_set& declared) {
  std::optional<std::string> taken;
  json::cursor at(given);
  at.members([&](std::string_view raw_name) {
    const auto name = json::unescape(raw_name);
    const bool is_declared =
        std::any_of(declared.labels.begin(), declared.labels.end(), [&](const label& one) { return one.name == name; });
    if (is_declared) taken = name;
    append_label(out, name, at.take());
    return !taken;
  });
  return taken;
}

}  // namespace

label_value::made label_value::make(slice_values values) const {
  if (code_ == nullptr) return {};
  if (code_->is_reference() && values[code_->steps.front().slice].data() == nullptr) return {};
  const auto result = expression::evaluate_json(*code_, values);
  if (result.fault) return wrong("`" + source_ + "`: " + *result.fault);
  if (result.text == "null") return {};
  if (result.text.front() == '{' || result.text.front() == '[') {
    return wrong("`" + source_ + "` is a list or an object, where text, a number, true or false is expected");
  }
  auto text = result.text.front() == '"' ? json::unescape(result.text) : result.text;
  if (text.size() <= label_value_bytes_max) return {std::move(text), std::nullopt};
  return wrong("`" + source_ + "` has " + std::to_string(text.size()) + " bytes, and a label has at most " +
               std::to_string(label_value_bytes_max));
}

start_labels make_labels(const label_set& declared, std::string_view input, std::string_view given) {
  if (declared.empty()) return {std::string(given), std::nullopt};
  start_labels made;
  if (!given.empty()) {
    if (const auto taken = append_given(made.json, given, declared)) {
      return {{}, "the label `" + *taken + "` is made by the definition: leave it out of `labels`"};
    }
  }
  std::vector<std::string_view> values(declared.slices.size());
  declared.slices.cut(input, [&](slice_no slice, std::string_view raw) { values[slice] = raw; });
  for (const auto& label : declared.labels) {
    const auto value = label.from.make(values);
    if (value.fault) return {{}, "the label `" + label.name + "` cannot be made: " + *value.fault};
    if (!value.text) continue;
    std::string quoted;
    json::append_string(quoted, *value.text);
    append_label(made.json, label.name, quoted);
  }
  if (!made.json.empty()) made.json += '}';
  return made;
}

}  // namespace sagad::definition

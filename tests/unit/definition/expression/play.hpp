#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "definition/expression/expression.hpp"
#include "json/json.hpp"

namespace sagad::definition::expression::test {

/// An expression that reads `input` alone, compiled; a mistake in it throws.
struct program {
  explicit program(const std::string& source, bool checked = true) {
    expectation wanted;
    wanted.checked = checked;
    auto outcome = compile(
        source,
        [this](const reference& named) -> std::variant<readable, std::string> {
          if (named.path.front() != "input") return "reads something else than `input`";
          paths.emplace_back(named.path.begin() + 1, named.path.end());
          return readable{static_cast<slice_no>(paths.size() - 1), {}, {}, {}};
        },
        wanted);
    if (const auto* why = std::get_if<std::string>(&outcome)) throw std::runtime_error("it " + *why);
    code = std::get<compiled>(std::move(outcome)).code;
  }

  /// Views into `input`; valid until the next call.
  slice_values values(const std::string& input) const {
    raw.clear();
    for (const auto& path : paths) raw.push_back(json::slice(input, path));
    return raw;
  }

  std::vector<std::vector<std::string>> paths;
  expression::code code;
  mutable std::vector<std::string_view> raw;
};

/// What the expression gives as JSON, or `fault: ...`.
inline std::string given(const std::string& source, const std::string& input = "{}", bool checked = true) {
  const program made(source, checked);
  const auto outcome = evaluate_json(made.code, made.values(input));
  return outcome.fault ? "fault: " + *outcome.fault : outcome.text;
}

}  // namespace sagad::definition::expression::test

// An expression and the values that it reads: the first line is a JSON object with `input` and `steps` as an expression
// names them, what follows is the expression. Whatever it says, evaluating it ends, stays within its bounds and gives
// the same each time.
#include <charconv>
#include <optional>
#include <variant>
#include <vector>

#include "definition/expression/expression.hpp"
#include "json/json.hpp"
#include "tests/fuzz/property.hpp"

namespace sagad::fuzz {
namespace {

namespace expression = definition::expression;

constexpr auto absent = std::string_view();

// Compiles one expression; the steps `a` and `b` may be read when they were asked for.
class program {
 public:
  program(std::string_view source, bool checked) {
    expression::expectation wanted;
    wanted.checked = checked;
    auto outcome = expression::compile(
        source, [this](const auto& named) { return resolve(named); }, wanted);
    if (const auto* why = std::get_if<std::string>(&outcome)) {
      refusal_ = *why;
      expect(!why->empty() && json::valid_utf8(*why), "a refusal says why, in UTF-8", *why);
    } else {
      code_ = std::get<expression::compiled>(std::move(outcome)).code;
    }
  }

  bool accepted() const noexcept { return code_.has_value(); }
  const std::string& refusal() const noexcept { return refusal_; }
  const expression::code& code() const { return *code_; }

  std::vector<std::string_view> values(std::string_view all) const {
    std::vector<std::string_view> found;
    for (const auto& path : paths_) found.push_back(json::slice(all, path));
    return found;
  }

  // The same, but no step has answered.
  std::vector<std::string_view> values_without_steps(std::string_view all) const {
    auto found = values(all);
    for (std::size_t at = 0; at < paths_.size(); ++at) {
      if (paths_[at].front() == "steps") found[at] = absent;
    }
    return found;
  }

 private:
  std::variant<expression::readable, std::string> resolve(const expression::reference& named) {
    const auto& path = named.path;
    expression::readable read;
    read.slice = static_cast<definition::slice_no>(paths_.size());
    if (path.front() == "steps" && path.size() > 2 && (path[1] == "a" || path[1] == "b") && path[2] == "response") {
      read.of_step = path[1] == "a" ? 0 : 1;
      read.why_absent = "may not have run";
    } else if (path.front() != "input") {
      return "reads neither `input` nor a step";
    }
    paths_.push_back(path);
    return read;
  }

  std::optional<expression::code> code_;
  std::string refusal_;
  std::vector<std::vector<std::string>> paths_;
};

std::string outcome_of(const expression::evaluated& given) {
  return given.fault ? "fault: " + *given.fault : given.text;
}

expression::evaluated evaluated(const program& made, definition::slice_values values) {
  auto given = expression::evaluate_json(made.code(), values);
  if (given.fault) {
    expect(!given.fault->empty() && json::valid_utf8(*given.fault), "a fault says why, in UTF-8", *given.fault);
  } else {
    expect(given.text.size() <= expression::result_bytes_max, "a result stays within its bound", given.text);
    expect(json::check(given.text) == std::nullopt, "a result is JSON", given.text);
  }
  return given;
}

// The same result as a text and as a condition.
void expect_agreement(const program& made, definition::slice_values values, const expression::evaluated& as_json) {
  const auto as_text = expression::evaluate_text(made.code(), values);
  const auto as_truth = expression::evaluate_condition(made.code(), values);
  if (as_text.fault) {
    expect(!as_text.fault->empty() && json::valid_utf8(*as_text.fault), "a fault says why, in UTF-8", *as_text.fault);
  } else {
    expect(as_text.text.size() <= expression::result_bytes_max, "a text stays within its bound", as_text.text);
    expect(json::valid_utf8(as_text.text), "a text is UTF-8", as_text.text);
  }
  if (as_json.fault) return;
  if (!as_text.fault) {
    const bool is_string = as_json.text.front() == '"';
    expect_equal(is_string ? json::unescape(as_json.text) : as_json.text, as_text.text,
                 "a text has the characters of the JSON");
  }
  const bool is_truth = as_json.text == "true" || as_json.text == "false";
  const auto* truth = std::get_if<bool>(&as_truth);
  expect((truth != nullptr) == is_truth, "a condition is true or false where the JSON is", as_json.text);
  if (truth != nullptr) expect(*truth == (as_json.text == "true"), "a condition is what the JSON is", as_json.text);
}

// What is accepted has asked whether a step has answered before it reads the answer.
void expect_steps_were_asked_for(const program& made, std::string_view all) {
  const auto given = expression::evaluate_json(made.code(), made.values_without_steps(all));
  if (!given.fault) return;
  const bool unasked = given.fault->starts_with("`steps") && given.fault->ends_with("is absent");
  expect(!unasked, "no response is read that nobody has asked for", *given.fault);
}

void try_out(std::string_view source, std::string_view all) {
  const program checked(source, true);
  const program unchecked(source, false);
  expect(unchecked.accepted() || !checked.accepted(), "what is checked and accepted is accepted unchecked", source);
  expect_equal(program(source, true).refusal(), checked.refusal(), "an expression is refused for the same each time");
  if (!unchecked.accepted()) return;
  const auto values = unchecked.values(all);
  const auto given = evaluated(unchecked, values);
  expect_equal(outcome_of(evaluated(unchecked, values)), outcome_of(given), "an expression gives the same each time");
  expect_agreement(unchecked, values, given);
  if (!checked.accepted()) return;
  expect_equal(outcome_of(evaluated(checked, checked.values(all))), outcome_of(given),
               "checking an expression does not change its result");
  expect_steps_were_asked_for(checked, all);
}

// Integers, counted by the compiler's wider ones.
__extension__ using wide = __int128;

std::optional<std::int64_t> integer_at(std::string_view all, const char* name) {
  const std::vector<std::string> path = {"input", name};
  const auto raw = json::slice(all, path);
  std::int64_t integer = 0;
  const auto read = std::from_chars(raw.data(), raw.data() + raw.size(), integer);
  const bool whole = !raw.empty() && read.ec == std::errc() && read.ptr == raw.data() + raw.size();
  return whole ? std::optional(integer) : std::nullopt;
}

std::optional<wide> counted(char sign, wide left, wide right) {
  switch (sign) {
    case '+': return left + right;
    case '-': return left - right;
    case '*': return left * right;
    default: break;
  }
  // Where the quotient does not fit, there is no remainder either.
  if (right == 0 || left / right > INT64_MAX) return std::nullopt;
  return sign == '/' ? left / right : left % right;
}

void expect_exact_integers(std::string_view all) {
  const auto left = integer_at(all, "a");
  const auto right = integer_at(all, "b");
  if (!left || !right) return;
  for (const char sign : std::string_view("+-*/%")) {
    const program made(std::string("input.a ") + sign + " input.b", true);
    const auto given = evaluated(made, made.values(all));
    const auto exact = counted(sign, *left, *right);
    if (exact && *exact >= INT64_MIN && *exact <= INT64_MAX) {
      expect_equal(outcome_of(given), std::to_string(static_cast<std::int64_t>(*exact)), "integers are exact");
    } else {
      expect(given.fault.has_value(), "an integer that does not fit is a fault", given.text);
    }
  }
}

}  // namespace
}  // namespace sagad::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace sagad;
  const auto [all, source] = fuzz::cut_at_line_end(fuzz::text_of(bytes, size));
  if (!json::valid_utf8(source) || json::check(all)) return 0;
  fuzz::try_out(source, all);
  fuzz::expect_exact_integers(all);
  return 0;
}

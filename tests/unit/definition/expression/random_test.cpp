#include <gtest/gtest.h>

#include <random>

#include "json/json.hpp"
#include "play.hpp"

namespace sagad::definition::expression {
namespace {

constexpr auto input =
    R"({"i":7,"d":2.5,"t":"a\"b\u00e9","n":null,"b":true,"l":[1,"x",{"k":[2,3]},9223372036854775807],"m":{"k":1,"i":{}}})";

// Writes expressions: mostly such as mean something, of every operator, function and macro.
class author {
 public:
  explicit author(std::uint32_t seed) : random_(seed) {}

  std::string expression(int depth) {
    if (depth <= 0 || below(6) == 0) return leaf();
    switch (below(14)) {
      case 0: return "(" + expression(depth - 1) + ")";
      case 1: return expression(depth - 1) + " ? " + expression(depth - 1) + " : " + expression(depth - 1);
      case 2: return "!" + expression(depth - 1);
      case 3: return "-" + expression(depth - 1);
      case 4: return "[" + expression(depth - 1) + ", " + expression(depth - 1) + "]";
      case 5: return "{" + one_of({"'k'", "'i'", "1", "true"}) + ": " + expression(depth - 1) + "}";
      case 6:
        return one_of({"size", "int", "uint", "double", "string", "bool", "dyn"}) + "(" + expression(depth - 1) + ")";
      case 7: return "(" + expression(depth - 1) + ")." + one_of({"k", "i", "size()", "`k`"});
      case 8: return "(" + expression(depth - 1) + ")[" + expression(depth - 1) + "]";
      case 9: return "(" + expression(depth - 1) + ")." + one_of({"startsWith", "endsWith", "contains"}) + "('a')";
      case 10: return "(" + expression(depth - 1) + ").matches('(a|b)*x?')";
      case 11: return macro(depth);
      case 12: return "has((" + expression(depth - 1) + ").k)";
      default:
        return expression(depth - 1) + " " +
               one_of({"+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!=", "in", "&&", "||"}) + " " +
               expression(depth - 1);
    }
  }

  // A text near an expression: something taken out, doubled or put in.
  std::string damaged(std::string text) {
    for (std::size_t times = 1 + below(3); times > 0 && !text.empty(); --times) {
      const auto at = below(text.size());
      if (below(3) == 0) {
        text.erase(at, 1 + below(4));
      } else if (below(2) == 0) {
        text.insert(at, text.substr(at, 1 + below(8)));
      } else {
        text.insert(at, 1, static_cast<char>(below(128)));
      }
    }
    return text;
  }

 private:
  std::size_t below(std::size_t most) { return random_() % most; }
  std::string one_of(std::initializer_list<const char*> choices) { return choices.begin()[below(choices.size())]; }

  std::string leaf() {
    if (variables_ > 0 && below(3) == 0) return "v" + std::to_string(below(variables_));
    return one_of({"input.i", "input.d",      "input.t",  "input.n", "input.b", "input.l",
                   "input.m", "input.l[2].k", "input.no", "0",       "1",       "-9223372036854775808",
                   "2u",      "1.5",          "1e308",    "'a'",     "r'\\'",   "\"\"\"x\"\"\"",
                   "true",    "false",        "null",     "[]",      "{}"});
  }

  std::string macro(int depth) {
    const auto range = one_of({"input.l", "input.m", "[1, 2, 3]", "input.l.filter(f, true)", "input.t"});
    const std::string name = "v" + std::to_string(variables_);
    const auto which = one_of({"all", "exists", "exists_one", "map", "filter"});
    ++variables_;
    const auto body = expression(depth - 1);
    --variables_;
    return range + "." + which + "(" + name + ", " + body + ")";
  }

  std::mt19937 random_;
  std::size_t variables_ = 0;
};

// Compiles and evaluates in every way; whatever comes of it is an answer: a refusal, a fault, JSON.
void try_out(const std::string& source, bool checked, std::size_t& evaluated_count) {
  std::vector<std::vector<std::string>> paths;
  expectation wanted;
  wanted.checked = checked;
  const auto outcome = compile(
      source,
      [&paths](const reference& named) -> std::variant<readable, std::string> {
        paths.emplace_back(named.path.begin() + 1, named.path.end());
        return readable{static_cast<slice_no>(paths.size() - 1), {}, {}, {}};
      },
      wanted);
  if (const auto* why = std::get_if<std::string>(&outcome)) {
    ASSERT_FALSE(why->empty()) << source;
    return;
  }
  const auto& code = std::get<compiled>(outcome).code;
  const std::string json(input);
  std::vector<std::string_view> values;
  for (const auto& path : paths) values.push_back(json::slice(json, path));
  const auto given = evaluate_json(code, values);
  if (!given.fault) {
    ASSERT_EQ(json::check(given.text), std::nullopt) << source << " gives " << given.text;
    ASSERT_LE(given.text.size(), result_bytes_max);
    ++evaluated_count;
  } else {
    ASSERT_FALSE(given.fault->empty()) << source;
  }
  ASSERT_EQ(evaluate_json(code, values).text, given.text) << source << " gives two results";
  evaluate_text(code, values);
  evaluate_condition(code, values);
}

TEST(random_expressions, give_json_or_say_why_not) {
  std::size_t evaluated_count = 0;
  for (std::uint32_t seed = 0; seed < 4000; ++seed) {
    author writes(seed);
    const auto source = writes.expression(1 + static_cast<int>(seed % 6));
    try_out(source, false, evaluated_count);
    try_out(source, true, evaluated_count);
    if (testing::Test::HasFatalFailure()) return;
  }
  EXPECT_GT(evaluated_count, 1000U);
}

TEST(random_expressions, that_are_damaged_never_crash) {
  std::size_t evaluated_count = 0;
  for (std::uint32_t seed = 0; seed < 8000; ++seed) {
    author writes(seed);
    try_out(writes.damaged(writes.expression(4)), seed % 2 == 0, evaluated_count);
    if (testing::Test::HasFatalFailure()) return;
  }
  EXPECT_GT(evaluated_count, 10U);
}

// What is accepted after checking fails, when it fails, because of a value and not of its kinds: with no kinds known
// nothing is refused that gives a result.
TEST(random_expressions, that_give_a_result_are_not_refused_for_their_kinds) {
  std::size_t refused = 0;
  for (std::uint32_t seed = 0; seed < 4000; ++seed) {
    author writes(seed);
    const auto source = writes.expression(3);
    std::string unchecked;
    std::string checked;
    try {
      unchecked = test::given(source, input, false);
    } catch (const std::runtime_error&) {
      continue;
    }
    try {
      checked = test::given(source, input, true);
    } catch (const std::runtime_error& why) {
      ++refused;
      const bool absorbed = source.find("||") != std::string::npos || source.find("&&") != std::string::npos ||
                            source.find('?') != std::string::npos || source.find(".all(") != std::string::npos ||
                            source.find(".exists") != std::string::npos || source.find("map(") != std::string::npos ||
                            source.find("filter(") != std::string::npos;
      const bool never_equal = std::string(why.what()).find("never") != std::string::npos;
      ASSERT_TRUE(unchecked.starts_with("fault: ") || absorbed || never_equal)
          << source << " gives " << unchecked << " and is refused: " << why.what();
      continue;
    }
    ASSERT_EQ(checked, unchecked) << source;
  }
  EXPECT_GT(refused, 100U);
}

}  // namespace
}  // namespace sagad::definition::expression

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "definition/expression/functions.hpp"
#include "definition/expression/lexer.hpp"
#include "definition/expression/tree.hpp"

namespace sagad::definition::expression {
namespace {

constexpr std::size_t source_bytes_max = 4096;
constexpr std::size_t nesting_most = 64;
constexpr std::size_t path_most = 32;

// Recursive descent over CEL's precedences. Operands of one precedence become one chain, so that a long one is no deep
// one.
class parser {
 public:
  parser(std::string_view source, const resolver& resolve)
      : source_(source), tokens_(checked(source)), resolve_(resolve) {}

  tree parse() {
    if (tokens_.next().is == token::type::end) fail("is empty");
    auto whole = expression();
    if (tokens_.next().is == token::type::end) return whole;
    fail("goes on with " + tokens_.rest() + ", where an operator is expected");
  }

 private:
  static std::string_view checked(std::string_view source) {
    if (source.size() > source_bytes_max) fail("is longer than " + std::to_string(source_bytes_max) + " bytes");
    return source;
  }

  tree made(tree::type is, std::size_t begin, std::vector<tree> children) {
    tree node;
    node.is = is;
    node.begin = begin;
    node.end = tokens_.passed();
    for (const auto& child : children) node.depth = std::max(node.depth, child.depth + 1);
    if (node.depth > nesting_most) too_deep();
    node.children = std::move(children);
    return node;
  }

  template <typename... Children>
  static std::vector<tree> listed(Children&&... children) {
    std::vector<tree> list;
    (list.push_back(std::forward<Children>(children)), ...);
    return list;
  }

  [[noreturn]] static void too_deep() { fail("is nested deeper than " + std::to_string(nesting_most)); }

  std::size_t begin() const noexcept { return tokens_.next().begin; }

  tree expression() {
    if (++nesting_ > nesting_most) too_deep();
    const auto from = begin();
    auto condition = any_of();
    if (tokens_.take("?")) {
      auto yes = any_of();
      if (!tokens_.take(":")) fail("has " + tokens_.rest() + " where the `:` of a `?` is expected");
      auto no = expression();
      condition = made(tree::type::conditional, from, listed(std::move(condition), std::move(yes), std::move(no)));
    }
    --nesting_;
    return condition;
  }

  template <typename Operand>
  tree joined(std::string_view sign, tree::type is, Operand&& operand) {
    const auto from = begin();
    std::vector<tree> children = listed(operand());
    while (tokens_.take(sign)) children.push_back(operand());
    return children.size() == 1 ? std::move(children.front()) : made(is, from, std::move(children));
  }

  tree any_of() {
    auto whole = joined("||", tree::type::any_of, [this] { return all_of(); });
    refuse_other_operators();
    return whole;
  }

  // Behind an expression stands none of these: who writes one means the same as another language's.
  void refuse_other_operators() const {
    constexpr std::pair<std::string_view, std::string_view> others[] = {
        {"and", "write && for it"},
        {"&", "write && for it"},
        {"or", "write || for it"},
        {"|", "write || for it"},
        {"not", "write !(value in list)"},
        {"is", "== compares"},
        {"=", "== compares"},
        {"if", "write condition ? value : another"},
    };
    const auto& next = tokens_.next();
    if (next.is != token::type::word && next.is != token::type::sign) return;
    for (const auto& [other, advice] : others) {
      if (next.text != other) continue;
      fail("goes on with " + tokens_.rest() + ", where an operator is expected: " + std::string(advice));
    }
  }
  tree all_of() {
    return joined("&&", tree::type::all_of, [this] { return relation(); });
  }

  template <typename Operand>
  tree chain(std::initializer_list<std::pair<std::string_view, operation>> signs, Operand&& operand) {
    const auto from = begin();
    std::vector<tree> children = listed(operand());
    std::vector<operation> between;
    while (true) {
      const auto* found = std::find_if(signs.begin(), signs.end(), [this](const auto& one) {
        return tokens_.next().is_sign(one.first) || (one.first == "in" && tokens_.next().is_word("in"));
      });
      if (found == signs.end()) break;
      tokens_.take();
      between.push_back(found->second);
      children.push_back(operand());
    }
    if (children.size() == 1) return std::move(children.front());
    auto node = made(tree::type::chain, from, std::move(children));
    node.signs = std::move(between);
    return node;
  }

  tree relation() {
    using enum operation;
    return chain({{"<", less},
                  {"<=", less_or_equal},
                  {">", greater},
                  {">=", greater_or_equal},
                  {"==", equal},
                  {"!=", unequal},
                  {"in", contained}},
                 [this] { return sum(); });
  }
  tree sum() {
    return chain({{"+", operation::add}, {"-", operation::subtract}}, [this] { return product(); });
  }
  tree product() {
    return chain({{"*", operation::multiply}, {"/", operation::divide}, {"%", operation::remainder}},
                 [this] { return signed_operand(); });
  }

  tree signed_operand() {
    const auto from = begin();
    const bool minus = tokens_.next().is_sign("-");
    if (!minus && !tokens_.next().is_sign("!")) return operand();
    if (++nesting_ > nesting_most) too_deep();
    tokens_.take();
    const bool negative_number = minus && tokens_.next().is == token::type::number;
    auto inside = negative_number ? followed(number(from, "-")) : signed_operand();
    --nesting_;
    if (negative_number) return inside;
    return made(minus ? tree::type::negate : tree::type::invert, from, listed(std::move(inside)));
  }

  tree operand() { return followed(primary()); }

  tree primary() {
    const auto from = begin();
    switch (tokens_.next().is) {
      case token::type::end: fail("ends where a value is expected");
      case token::type::number: return number(from, "");
      case token::type::word: return word();
      case token::type::text: {
        auto text = tokens_.take().text;
        auto node = made(tree::type::literal, from, {});
        node.constant.what = operation::text;
        node.constant.text = std::move(text);
        return node;
      }
      default: break;
    }
    if (tokens_.take("(")) {
      auto inside = expression();
      if (!tokens_.take(")")) fail("has an opening parenthesis without a closing one");
      return inside;
    }
    if (tokens_.take("[")) return list(from);
    if (tokens_.take("{")) return map(from);
    const auto& next = tokens_.next();
    fail("has " + tokens_.rest() + ", where a value is expected" +
         (next.is_sign("=")                        ? ": == and != compare"
          : next.is_sign("$")                      ? ": leave out the `$`"
          : next.is_sign("?") || next.is_sign(".") ? ": what may be missing is asked for with has(), as in "
                                                     "has(input.note) ? input.note : ''"
                                                   : ""));
  }

  // Up to the closing sign, a comma after the last one allowed.
  template <typename Part>
  void parts(std::string_view closing, std::string_view what, Part&& part) {
    while (!tokens_.take(closing)) {
      part();
      if (!tokens_.take(",") && !tokens_.next().is_sign(closing)) {
        fail("has " + tokens_.rest() + " in a " + std::string(what) + ", where `,` or `" + std::string(closing) +
             "` is expected");
      }
    }
  }

  tree list(std::size_t from) {
    std::vector<tree> children;
    parts("]", "list", [&] { children.push_back(expression()); });
    return made(tree::type::list, from, std::move(children));
  }

  tree map(std::size_t from) {
    std::vector<tree> children;
    parts("}", "map", [&] {
      children.push_back(expression());
      if (!tokens_.take(":")) fail("has " + tokens_.rest() + " after the key of a map, where `:` is expected");
      children.push_back(expression());
    });
    return made(tree::type::map, from, std::move(children));
  }

  tree number(std::size_t from, std::string_view sign) {
    std::string text = tokens_.take().text;
    const std::string shown = std::string(sign) + text;
    const bool hex = text.size() > 1 && (text[1] | 0x20) == 'x';
    const bool is_unsigned = (text.back() | 0x20) == 'u';
    if (is_unsigned) text.pop_back();
    auto node = made(tree::type::literal, from, {});
    auto& constant = node.constant;
    if (!hex && text.find_first_of(".eE") != std::string::npos) {
      if (is_unsigned) fail("has `" + shown + "`: only an integer ends in `u`");
      constant.what = operation::real;
      constant.real = std::strtod((std::string(sign) + text).c_str(), nullptr);
      if (!std::isfinite(constant.real)) fail("has `" + shown + "`, which is larger than a double can be");
      return node;
    }
    const std::string digits = hex ? text.substr(2) : text;
    const int base = hex ? 16 : 10;
    bool fits = false;
    if (is_unsigned) {
      std::uint64_t read = 0;
      const char* const end = digits.data() + digits.size();
      fits = sign.empty() && std::from_chars(digits.data(), end, read, base).ec == std::errc();
      constant.what = operation::unsigned_integer;
      constant.integer = static_cast<std::int64_t>(read);
    } else {
      const std::string with_sign = std::string(sign) + digits;
      const char* const end = with_sign.data() + with_sign.size();
      fits = std::from_chars(with_sign.data(), end, constant.integer, base).ec == std::errc();
      constant.what = operation::integer;
    }
    if (!fits) fail("has `" + shown + "`, which does not fit into 64 bits");
    return node;
  }

  tree word() {
    const auto from = begin();
    if (tokens_.is_followed_by('(')) return call(from);
    const auto& next = tokens_.next();
    tree constant;
    if (next.is_word("null")) {
      constant.constant.what = operation::null;
    } else if (next.is_word("true") || next.is_word("false")) {
      constant.constant.what = operation::boolean;
      constant.constant.integer = next.is_word("true") ? 1 : 0;
    } else if (next.is_word("in")) {
      fail("has `in`, where a value is expected");
    } else {
      return name(from);
    }
    tokens_.take();
    constant.begin = from;
    constant.end = tokens_.passed();
    return constant;
  }

  // A variable of a macro, or a reference with all that is certain of its path.
  tree name(std::size_t from) {
    const auto variable = std::find(variables_.rbegin(), variables_.rend(), tokens_.next().text);
    if (variable != variables_.rend()) {
      tokens_.take();
      auto node = made(tree::type::variable, from, {});
      node.level = static_cast<std::size_t>(variables_.rend() - variable) - 1;
      return node;
    }
    refuse_other_values();
    reference named;
    named.path.push_back(tokens_.take().text);
    bool by_name = false;
    while (auto part = certain_part()) {
      by_name = part->second;
      named.path.push_back(std::move(part->first));
      if (named.path.size() > path_most) fail("has a name of more than " + std::to_string(path_most) + " parts");
    }
    auto node = made(tree::type::reference, from, {});
    named.text = node.in(source_);
    node.text = named.text;
    auto resolved = resolve_(named);
    if (auto* why = std::get_if<std::string>(&resolved)) fail(std::move(*why));
    node.read = std::get<readable>(std::move(resolved));
    node.ends_in_a_name = by_name;
    return node;
  }

  void refuse_other_values() const {
    constexpr std::pair<std::string_view, std::string_view> others[] = {
        {"not", "!"}, {"True", "true"}, {"False", "false"}, {"None", "null"}, {"nil", "null"}, {"undefined", "null"},
    };
    for (const auto& [other, ours] : others) {
      if (!tokens_.next().is_word(other)) continue;
      fail("has `" + std::string(other) + "`, which is no word here: write " + std::string(ours) + " for it");
    }
  }

  // What follows a name as long as it is a member's name or a constant; whether it was `.name`.
  std::optional<std::pair<std::string, bool>> certain_part() {
    const lexer before = tokens_;
    if (tokens_.take(".")) {
      if (tokens_.next().is == token::type::word && tokens_.is_followed_by('(')) {
        tokens_ = before;
        return std::nullopt;
      }
      return std::pair(member(), true);
    }
    if (!tokens_.take("[")) return std::nullopt;
    const auto key = tokens_.take();
    const bool is_text = key.is == token::type::text;
    const bool is_digits =
        key.is == token::type::number && key.text.find_first_not_of("0123456789") == std::string::npos;
    if ((is_text || is_digits) && tokens_.next().is_sign("]")) {
      const bool plain = is_text || (key.text.size() <= 9 && (key.text.size() == 1 || key.text.front() != '0'));
      if (!plain) fail("has the index `" + key.text + "`: write it without leading zeros, at most 999999999");
      tokens_.take();
      return std::pair(key.text, false);
    }
    tokens_ = before;
    return std::nullopt;
  }

  // After a point.
  std::string member() {
    const auto& next = tokens_.next();
    if (next.is == token::type::quoted_word) return tokens_.take().text;
    if (next.is != token::type::word) fail("has " + tokens_.rest() + " after a point, where a name is expected");
    constexpr std::array<std::string_view, 4> reserved = {"true", "false", "null", "in"};
    if (std::find(reserved.begin(), reserved.end(), next.text) != reserved.end()) {
      fail("has `." + next.text + "`, a word of the language: write [\"" + next.text + "\"]");
    }
    return tokens_.take().text;
  }

  tree followed(tree node) {
    std::size_t parts = 0;
    const auto from = node.begin;
    while (tokens_.next().is_sign(".") || tokens_.next().is_sign("[")) {
      if (++parts > path_most) fail("has a name of more than " + std::to_string(path_most) + " parts");
      if (tokens_.take("[")) {
        auto key = expression();
        if (!tokens_.take("]")) fail("has an opening bracket without a closing one");
        node = made(tree::type::index, from, listed(std::move(node), std::move(key)));
        continue;
      }
      tokens_.take();
      if (tokens_.next().is == token::type::word && tokens_.is_followed_by('(')) {
        node = method(std::move(node), from);
        continue;
      }
      auto part = member();
      node = made(tree::type::select, from, listed(std::move(node)));
      node.text = std::move(part);
    }
    return node;
  }

  std::vector<tree> operands() {
    std::vector<tree> children;
    parts(")", "call", [&] { children.push_back(expression()); });
    return children;
  }

  // Looked for before the operands are read: those of a macro are understood by nothing else.
  static const function& known_function(std::string_view name, bool is_method) {
    const auto* known = find_function(name, is_method);
    if (known != nullptr) return *known;
    fail("calls `" + shown_function(name, is_method) + "`, which is no function" + other_function(name, is_method));
  }

  static std::string shown_function(std::string_view name, bool is_method) {
    return (is_method ? "." : "") + std::string(name);
  }

  tree called(const function& known, std::size_t from, std::vector<tree> children) {
    const std::size_t receivers = known.is_method ? 1 : 0;
    if (children.size() != known.operands) {
      const auto given = children.size() - receivers;
      const auto expected = known.operands - receivers;
      fail("calls `" + shown_function(known.name, known.is_method) + "` with " + std::to_string(given) +
           (given == 1 ? " operand" : " operands") + ", where " +
           (expected == 0   ? "none is"
            : expected == 1 ? "one is"
                            : "two are") +
           " expected");
    }
    auto node = made(tree::type::call, from, std::move(children));
    node.called = &known;
    return node;
  }

  tree call(std::size_t from) {
    const auto name = tokens_.take().text;
    tokens_.take("(");
    if (name == "has") return presence(from);
    if (name == "not") fail("calls `not`, which is no function: write ! for it");
    const auto& known = known_function(name, false);
    return called(known, from, operands());
  }

  tree presence(std::size_t from) {
    constexpr std::string_view wanted = "has() asks for a member: write has(value.name)";
    auto asked = expression();
    if (!tokens_.take(")")) fail(std::string(wanted));
    if (asked.is == tree::type::reference && asked.ends_in_a_name) {
      asked.is = tree::type::present;
    } else if (asked.is == tree::type::select) {
      asked.is = tree::type::present_in;
    } else {
      fail(std::string(wanted));
    }
    asked.begin = from;
    asked.end = tokens_.passed();
    return asked;
  }

  tree method(tree receiver, std::size_t from) {
    const auto name = tokens_.take().text;
    tokens_.take("(");
    if (const auto macro = find_macro(name)) return comprehension(*macro, std::move(receiver), from);
    const auto& known = known_function(name, true);
    auto children = operands();
    children.insert(children.begin(), std::move(receiver));
    return called(known, from, std::move(children));
  }

  tree comprehension(macro_no macro, tree range, std::size_t from) {
    const std::string shown = "`." + std::string(word_of(macro)) + "`";
    const auto variable = tokens_.next();
    if (variable.is != token::type::word) {
      fail("has " + tokens_.rest() + " in " + shown + ", where a name for each element is expected, as in " +
           std::string(word_of(macro)) + "(x, ...)");
    }
    constexpr std::array<std::string_view, 7> taken = {"true", "false", "null", "in", "input", "steps", "saga"};
    if (std::find(taken.begin(), taken.end(), variable.text) != taken.end()) {
      fail("calls an element `" + variable.text + "`, which means something else already: take another name");
    }
    tokens_.take();
    std::vector<tree> children = listed(std::move(range));
    variables_.push_back(variable.text);
    while (tokens_.take(",")) {
      if (macro != macro_no::map && names_another(children.size())) {
        fail("has " + shown + " with two names: it gives each element one, as in " + std::string(word_of(macro)) +
             "(x, ...)");
      }
      children.push_back(expression());
    }
    variables_.pop_back();
    if (!tokens_.take(")")) fail("has " + tokens_.rest() + " in " + shown + ", where `)` is expected");
    const std::size_t most = macro == macro_no::map ? 3 : 2;
    if (children.size() < 2 || children.size() > most) {
      fail("has " + shown + " with " + std::to_string(children.size()) +
           (children.size() == 1 ? " operand" : " operands") + ": it takes a name and what is asked of each element");
    }
    auto node = made(tree::type::macro, from, std::move(children));
    node.over = macro;
    node.level = variables_.size();
    return node;
  }

  // A name alone where the question is expected: the second of a macro of two variables.
  bool names_another(std::size_t operands) const {
    return operands == 1 && tokens_.next().is == token::type::word && tokens_.is_followed_by(',');
  }

  std::string_view source_;
  lexer tokens_;
  const resolver& resolve_;
  std::size_t nesting_ = 0;
  std::vector<std::string> variables_;
};

}  // namespace

tree parse_tree(std::string_view source, const resolver& resolve) {
  return parser(source, resolve).parse();
}

}  // namespace sagad::definition::expression

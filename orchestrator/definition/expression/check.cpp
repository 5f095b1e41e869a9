#include <algorithm>

#include "definition/expression/functions.hpp"
#include "definition/expression/signs.hpp"
#include "definition/expression/tree.hpp"
#include "definition/schema/reachable.hpp"

namespace sagad::definition::expression {
namespace {

// The steps whose responses are there when the condition gives `outcome`.
step_set steps_known(const tree& condition, bool outcome) {
  step_set known;
  switch (condition.is) {
    case tree::type::present:
      if (outcome && condition.read.of_step) known.set(*condition.read.of_step);
      return known;
    case tree::type::invert: return steps_known(condition.children.front(), !outcome);
    case tree::type::all_of:
    case tree::type::any_of:
      if (outcome != (condition.is == tree::type::all_of)) return known;
      for (const auto& child : condition.children) known |= steps_known(child, outcome);
      return known;
    default: return known;
  }
}

class checker {
 public:
  checker(std::string_view source, const step_set& present) : source_(source), present_(present) {}

  static_type type(const tree& node) {
    switch (node.is) {
      case tree::type::literal: return literal(node.constant.what);
      case tree::type::reference: return reference(node);
      case tree::type::present: return static_type::of(boolean_kind);
      case tree::type::variable: return variables_[node.level];
      case tree::type::select: return select(node);
      case tree::type::present_in: select(node); return static_type::of(boolean_kind);
      case tree::type::index: return index(node);
      case tree::type::negate: return negate(node);
      case tree::type::invert: want(node.children[0], boolean_kind, "`!`"); return static_type::of(boolean_kind);
      case tree::type::chain: return chain(node);
      case tree::type::all_of:
      case tree::type::any_of: return logic(node);
      case tree::type::conditional: return conditional(node);
      case tree::type::call: return call(node);
      case tree::type::macro: return macro(node);
      case tree::type::list: return list(node);
      case tree::type::map: return map(node);
    }
    return {};
  }

 private:
  std::string shown(const tree& node) const {
    constexpr std::size_t shown_bytes_max = 60;
    const auto text = node.in(source_);
    return "`" + std::string(text.size() > shown_bytes_max ? "(...)" : text) + "`";
  }
  std::string call_on(std::string_view function, const tree& node) const {
    const auto text = shown(node);
    return std::string(function) + "(" + text.substr(1, text.size() - 2) + ")";
  }
  // "text (`input.x`)"
  std::string described(const tree& node, const static_type& type) const {
    return describe(type.kinds) + " (" + shown(node) + ")";
  }

  static_type want(const tree& node, std::uint8_t kinds, std::string_view where) {
    auto found = type(node);
    if (found.may_be(kinds)) return found;
    fail("has " + described(node, found) + " at " + std::string(where) + ", where " + describe(kinds) + " is expected");
  }

  static static_type literal(operation what) {
    switch (what) {
      case operation::null: return static_type::of(null_kind);
      case operation::boolean: return static_type::of(boolean_kind);
      case operation::integer: return static_type::of(integer_kind);
      case operation::unsigned_integer: return static_type::of(unsigned_kind);
      case operation::real: return static_type::of(double_kind);
      default: return static_type::of(text_kind);
    }
  }

  static_type reference(const tree& node) {
    if (node.read.of_step && !present_.test(*node.read.of_step)) fail(node.read.why_absent);
    return node.read.type;
  }

  static_type select(const tree& node) {
    const auto whole = want(node.children[0], map_kind, "`." + node.text + "`");
    auto found = member_of(whole, node.text);
    if (found.kinds == 0) fail("reads `." + node.text + "` of " + shown(node.children[0]) + ", which never has it");
    if (whole.schema != nullptr) {
      if (auto why = likely_misspelt(*whole.schema, *whole.root, node.text); !why.empty()) {
        fail("reads `." + node.text + "` of " + shown(node.children[0]) + ": " + why);
      }
    }
    return found;
  }

  static_type index(const tree& node) {
    const auto whole = want(node.children[0], list_kind | map_kind, "[...]");
    const auto key = type(node.children[1]);
    const bool is_list = whole.is_surely(list_kind);
    if (is_list && !key.may_be(number_kinds)) {
      fail("has " + described(node.children[1], key) + " for the index of a list: its elements are numbered from 0");
    }
    const auto& written = node.children[1];
    const bool may_have_numbers = whole.may_be(map_kind) && whole.element != nullptr;
    if (!may_have_numbers && written.is == tree::type::literal && written.constant.what == operation::integer &&
        written.constant.integer < 0) {
      fail("has the index " + shown(written) + ": the first element is 0");
    }
    if (whole.element != nullptr || is_list) return element_of(whole);
    return {};
  }

  static_type negate(const tree& node) {
    const auto found = want(node.children[0], integer_kind | double_kind, "`-`");
    return found.is_any_number() ? found : static_type::of(found.kinds & (integer_kind | double_kind));
  }

  static_type chain(const tree& node) {
    auto left = type(node.children[0]);
    const tree* left_node = &node.children[0];
    for (std::size_t at = 0; at < node.signs.size(); ++at) {
      const auto& right_node = node.children[at + 1];
      left = pair(node.signs[at], *left_node, left, right_node, type(right_node));
      left_node = &right_node;
    }
    return left;
  }

  static_type pair(operation sign, const tree& left_node, const static_type& left, const tree& right_node,
                   const static_type& right) const {
    const auto between = [&] {
      return "puts `" + std::string(sign_of(sign)) + "` between " + described(left_node, left) + " and " +
             described(right_node, right);
    };
    const bool numbers = left.may_be(number_kinds) && right.may_be(number_kinds);
    const std::uint8_t common = left.kinds & right.kinds;
    switch (sign) {
      case operation::equal:
      case operation::unequal:
        if (common == 0 && !numbers) fail(between() + ", which are never equal" + std::string(about_null(left, right)));
        return static_type::of(boolean_kind);
      case operation::contained: return contained(left_node, left, right_node, right);
      case operation::less:
      case operation::less_or_equal:
      case operation::greater:
      case operation::greater_or_equal:
        if ((common & (text_kind | boolean_kind)) == 0 && !numbers) fail(between() + ", which have no order");
        return static_type::of(boolean_kind);
      default: break;
    }
    std::uint8_t able = sign == operation::remainder ? integer_kind | unsigned_kind : number_kinds;
    if (sign == operation::add) able |= text_kind | list_kind;
    if (left.is_any_number() || right.is_any_number()) {
      const auto& loose = left.is_any_number() ? left_node : right_node;
      if (numbers) {
        fail(between() + ": " + shown(loose) + " may have a fraction or none, which are counted differently; write " +
             call_on("double", loose) + " or " + call_on("int", loose));
      }
    }
    if ((common & able) == 0) fail(between() + mended(sign, left_node, left, right_node, right));
    return static_type::of(common & able);
  }

  static std::string_view about_null(const static_type& left, const static_type& right) {
    return left.is_surely(null_kind) || right.is_surely(null_kind) ? ": has() asks whether something is there" : "";
  }

  std::string mended(operation sign, const tree& left_node, const static_type& left, const tree& right_node,
                     const static_type& right) const {
    const bool numbers = left.is_surely(number_kinds) && right.is_surely(number_kinds);
    if (sign == operation::remainder && numbers && left.kinds == right.kinds) {
      return ": only integers have a remainder";
    }
    if (numbers) {
      const auto& to_mend = left.is_surely(double_kind) ? right_node : left_node;
      const auto other = left.is_surely(double_kind) ? left.kinds : right.kinds;
      return ": numbers of two kinds are not mixed; write " + call_on(other == integer_kind    ? "int"
                                                                      : other == unsigned_kind ? "uint"
                                                                                               : "double",
                                                                      to_mend);
    }
    if (sign == operation::add && left.is_surely(number_kinds | boolean_kind) && right.is_surely(text_kind)) {
      return ": to join texts, write " + call_on("string", left_node);
    }
    if (sign == operation::add && right.is_surely(number_kinds | boolean_kind) && left.is_surely(text_kind)) {
      return ": to join texts, write " + call_on("string", right_node);
    }
    if (left.is_surely(text_kind) && right.is_surely(number_kinds)) {
      return ": to count, write " + call_on("int", left_node);
    }
    if (right.is_surely(text_kind) && left.is_surely(number_kinds)) {
      return ": to count, write " + call_on("int", right_node);
    }
    return sign == operation::add ? ": it adds numbers of one kind, and joins texts or lists"
                                  : ": it counts with numbers of one kind";
  }

  static_type contained(const tree& left_node, const static_type& left, const tree& right_node,
                        const static_type& right) const {
    if (!right.may_be(list_kind | map_kind)) {
      fail("has " + described(right_node, right) + " after `in`, where a list or a map is expected");
    }
    const auto inside = right.is_surely(list_kind)                              ? element_of(right).kinds
                        : right.is_surely(map_kind) && right.schema != nullptr  ? std::uint8_t{text_kind}
                        : right.is_surely(map_kind) && right.element != nullptr ? right.keys
                                                                                : std::uint8_t{any_kind};
    const bool numbers = left.may_be(number_kinds) && (inside & number_kinds) != 0;
    if ((left.kinds & inside) == 0 && !numbers) {
      fail("looks for " + described(left_node, left) + " in " + shown(right_node) + ", where it never is: there is " +
           describe(inside));
    }
    return static_type::of(boolean_kind);
  }

  static_type logic(const tree& node) {
    const auto before = present_;
    for (const auto& child : node.children) {
      want(child, boolean_kind, node.is == tree::type::all_of ? "`&&`" : "`||`");
      present_ |= steps_known(child, node.is == tree::type::all_of);
    }
    present_ = before;
    return static_type::of(boolean_kind);
  }

  static_type conditional(const tree& node) {
    const auto before = present_;
    want(node.children[0], boolean_kind, "`?`");
    present_ = before | steps_known(node.children[0], true);
    const auto yes = type(node.children[1]);
    present_ = before | steps_known(node.children[0], false);
    const auto no = type(node.children[2]);
    present_ = before;
    return either(yes, no);
  }

  static_type call(const tree& node) {
    const auto& called = *node.called;
    for (const auto& child : node.children) want(child, called.kinds, "`" + std::string(called.name) + "`");
    return static_type::of(called.gives);
  }

  static_type macro(const tree& node) {
    const std::string shown_name = "`." + std::string(word_of(node.over)) + "`";
    const auto range = want(node.children[0], list_kind | map_kind, shown_name);
    static_type each;
    if (range.is_surely(list_kind)) each = element_of(range);
    if (range.is_surely(map_kind))
      each = static_type::of(range.schema != nullptr ? std::uint8_t{text_kind} : range.keys);
    variables_.push_back(each);
    static_type given;
    for (std::size_t at = 1; at < node.children.size(); ++at) {
      const bool is_kept = node.over == macro_no::map && at + 1 == node.children.size();
      given = is_kept ? type(node.children[at]) : want(node.children[at], boolean_kind, shown_name);
    }
    variables_.pop_back();
    if (node.over != macro_no::map && node.over != macro_no::filter) return static_type::of(boolean_kind);
    auto list = static_type::of(list_kind);
    list.element = std::make_shared<const static_type>(node.over == macro_no::map ? given : each);
    return list;
  }

  // Of elements that are not of one kind nothing is known.
  static void join(static_type& all, const static_type& one, bool is_first) {
    if (is_first) {
      all = one;
    } else if (all.kinds != one.kinds) {
      all = {};
    } else {
      all = either(all, one);
    }
  }

  static_type list(const tree& node) {
    static_type element;
    for (const auto& child : node.children) join(element, type(child), &child == &node.children.front());
    auto list = static_type::of(list_kind);
    list.element = std::make_shared<const static_type>(std::move(element));
    return list;
  }

  static_type map(const tree& node) {
    static_type keys;
    static_type values;
    for (std::size_t at = 0; at < node.children.size(); at += 2) {
      constexpr std::uint8_t key_kinds = text_kind | integer_kind | unsigned_kind | boolean_kind;
      join(keys, want(node.children[at], key_kinds, "the key of a map"), at == 0);
      join(values, type(node.children[at + 1]), at == 0);
    }
    auto map = static_type::of(map_kind);
    map.keys = keys.kinds;
    map.element = std::make_shared<const static_type>(std::move(values));
    return map;
  }

  std::string_view source_;
  step_set present_;
  std::vector<static_type> variables_;
};

}  // namespace

static_type check(const tree& whole, std::string_view source, const expectation& wanted) {
  auto found = checker(source, wanted.present).type(whole);
  if (found.kinds == 0) fail("never gives anything, as nothing fits its schema: look at `type`, `enum` and `const`");
  if (!found.may_be(wanted.kinds)) {
    fail("gives " + describe(found.kinds) + ", where " + std::string(wanted.place) + " wants " +
         describe(wanted.kinds));
  }
  return found;
}

step_set steps_present(const tree& condition) {
  return steps_known(condition, true);
}

}  // namespace sagad::definition::expression

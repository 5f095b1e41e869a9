#include <algorithm>
#include <forward_list>
#include <optional>

#include "definition/expression/signs.hpp"
#include "definition/expression/tree.hpp"
#include "definition/expression/value.hpp"

namespace sagad::definition::expression {
namespace {

// What takes longer is left to when it is wanted: a definition has thousands of expressions, and is read at once.
constexpr std::size_t steps_while_loading_max = 1000;

// Whether it gives the same whenever it is evaluated: it reads nothing, and no element of the `around` macros that it
// stands in.
bool is_constant(const tree& node, std::size_t around) {
  const bool reads = node.is == tree::type::reference || node.is == tree::type::present ||
                     (node.is == tree::type::variable && node.level < around);
  return !reads && std::all_of(node.children.begin(), node.children.end(),
                               [around](const tree& child) { return is_constant(child, around); });
}

class constant_checker {
 public:
  explicit constant_checker(std::string_view source) : source_(source) {}

  void check(const tree& whole, bool as_json) {
    judge(whole, 0);
    if (!as_json || !is_constant(whole, 0)) return;
    const auto given = run_part(whole, 0);
    std::string json;
    if (!given) return;
    if (const auto why = append_json(*given, rooms_.front(), json)) refuse(whole, *why);
  }

 private:
  // Goes into a part as long as it is none that gives the same always.
  void judge(const tree& node, std::size_t around) {
    if (is_constant(node, around)) {
      evaluate_part(node, around);
      return;
    }
    if (node.is == tree::type::chain) judge_chain(node, around);
    if (node.is == tree::type::index) judge_index(node, around);
    for (const auto& child : node.children) {
      const bool is_asked = node.is == tree::type::macro && &child != &node.children.front();
      judge(child, around + (is_asked ? 1 : 0));
    }
  }

  [[noreturn]] void refuse(const tree& part, std::string_view why) const {
    constexpr std::size_t shown_bytes_max = 60;
    const auto text = part.in(source_);
    fail("has `" + std::string(text.size() > shown_bytes_max ? "(...)" : text) +
         "`, which faults whatever the values are: " + std::string(why));
  }

  // What a part gives: nothing where that takes too long. Points into `made`, which is as old as this.
  std::optional<value> evaluate_part(const tree& part, std::size_t around) {
    if (part.is == tree::type::literal) return run_part(part, around);
    const auto given = run_part(part, around);
    if (given && given->is_error()) refuse(part, given->text);
    return given;
  }

  std::optional<value> run_part(const tree& part, std::size_t around) {
    auto& program = programs_.emplace_front(generate(part, around));
    auto& room = rooms_.emplace_front(steps_while_loading_max);
    try {
      return read(run(program, {}, room), room);
    } catch (const workshop::spent&) {
      return std::nullopt;
    }
  }

  // The operands from the left as far as they are constant are a part of their own; and nothing is divided by zero.
  void judge_chain(const tree& node, std::size_t around) {
    std::size_t constant = 0;
    while (is_constant(node.children[constant], around)) ++constant;
    if (constant > 1) {
      tree first = node;
      first.children.resize(constant);
      first.signs.resize(constant - 1);
      evaluate_part(first, around);
    }
    for (std::size_t at = 0; at < node.signs.size(); ++at) {
      const bool divides = node.signs[at] == operation::divide || node.signs[at] == operation::remainder;
      if (divides && is_zero(node.children[at + 1], around)) refuse(node, "a division by zero");
    }
  }

  bool is_zero(const tree& part, std::size_t around) {
    if (!is_constant(part, around)) return false;
    const auto given = evaluate_part(part, around);
    return given && (given->is == value::kind::integer || given->is == value::kind::unsigned_integer) &&
           given->integer == 0;
  }

  void judge_index(const tree& node, std::size_t around) {
    const auto& list = node.children[0];
    const auto& key = node.children[1];
    if (list.is != tree::type::list || !is_constant(key, around)) return;
    const auto given = evaluate_part(key, around);
    if (!given || given->is != value::kind::integer) return;
    if (given->integer >= 0 && static_cast<std::size_t>(given->integer) < list.children.size()) return;
    refuse(node, "the list has no element " + std::to_string(given->integer));
  }

  std::string_view source_;
  std::forward_list<code> programs_;
  std::forward_list<workshop> rooms_;
};

}  // namespace

void check_constants(const tree& whole, std::string_view source, bool as_json) {
  constant_checker(source).check(whole, as_json);
}

}  // namespace sagad::definition::expression

#include <re2/re2.h>

#include "definition/expression/functions.hpp"
#include "definition/expression/tree.hpp"

namespace sagad::definition::expression {
namespace {

class generator {
 public:
  explicit generator(std::size_t around) : around_(around) {}

  void put(const tree& node) {
    switch (node.is) {
      case tree::type::literal: code_.steps.push_back(node.constant); return;
      case tree::type::reference: read(operation::value, node); return;
      case tree::type::present: read(operation::present, node); return;
      case tree::type::variable:
        emit(operation::variable).integer = static_cast<std::int64_t>(node.level - around_);
        return;
      case tree::type::select: member(operation::select, node); return;
      case tree::type::present_in: member(operation::present_in, node); return;
      case tree::type::index: all(node, operation::index); return;
      case tree::type::negate: all(node, operation::negate); return;
      case tree::type::invert: all(node, operation::invert); return;
      case tree::type::chain: chain(node); return;
      case tree::type::all_of: logic(node, operation::unless_false, operation::both); return;
      case tree::type::any_of: logic(node, operation::unless_true, operation::any); return;
      case tree::type::conditional: conditional(node); return;
      case tree::type::call: call(node); return;
      case tree::type::macro: macro(node); return;
      case tree::type::list: count(node, operation::list, node.children.size()); return;
      case tree::type::map: count(node, operation::map, node.children.size() / 2); return;
    }
  }

  code finish() { return std::move(code_); }

 private:
  instruction& emit(operation what) {
    auto& next = code_.steps.emplace_back();
    next.what = what;
    return next;
  }

  std::uint32_t here() const noexcept { return static_cast<std::uint32_t>(code_.steps.size()); }

  void read(operation what, const tree& node) {
    auto& next = emit(what);
    next.slice = node.read.slice;
    next.text = node.text;
  }

  void member(operation what, const tree& node) {
    put(node.children.front());
    emit(what).text = node.text;
  }

  void all(const tree& node, operation then) {
    for (const auto& child : node.children) put(child);
    emit(then);
  }

  void count(const tree& node, operation then, std::size_t parts) {
    for (const auto& child : node.children) put(child);
    emit(then).integer = static_cast<std::int64_t>(parts);
  }

  void chain(const tree& node) {
    put(node.children.front());
    for (std::size_t at = 0; at < node.signs.size(); ++at) {
      put(node.children[at + 1]);
      emit(node.signs[at]);
    }
  }

  void logic(const tree& node, operation leave, operation join) {
    std::vector<std::uint32_t> leaving;
    put(node.children.front());
    for (std::size_t at = 1; at < node.children.size(); ++at) {
      leaving.push_back(here());
      emit(leave);
      put(node.children[at]);
      emit(join);
    }
    for (const auto from : leaving) code_.steps[from].target = here();
  }

  void conditional(const tree& node) {
    put(node.children[0]);
    const auto branch = here();
    emit(operation::branch);
    put(node.children[1]);
    const auto jump = here();
    emit(operation::jump);
    code_.steps[branch].target = here();
    put(node.children[2]);
    code_.steps[branch].other = code_.steps[jump].target = here();
  }

  void call(const tree& node) {
    for (const auto& child : node.children) put(child);
    auto& next = emit(operation::call);
    next.integer = static_cast<std::int64_t>(node.called->number);
    if (node.called->number != function_no::matches) return;
    const auto& pattern = node.children[1];
    if (pattern.is != tree::type::literal || pattern.constant.what != operation::text) {
      throw mistake_in_expression{"computes the pattern of `matches`: write it as text, so that it is checked now"};
    }
    next.target = static_cast<std::uint32_t>(code_.patterns.size());
    re2::RE2::Options options(re2::RE2::Quiet);
    options.set_max_mem(1 << 20);
    auto compiled = std::make_shared<const re2::RE2>(pattern.constant.text, options);
    if (!compiled->ok()) {
      throw mistake_in_expression{"has the pattern `" + pattern.constant.text +
                                  "`, which is none: " + compiled->error()};
    }
    code_.patterns.push_back(std::move(compiled));
  }

  // The range, then for each element what is asked of it.
  void macro(const tree& node) {
    put(node.children[0]);
    const auto begin = here();
    emit(operation::begin).integer = static_cast<std::int64_t>(node.over);
    const auto next = here();
    emit(operation::next);
    const bool filters_first = node.children.size() == 3;
    put(node.children[1]);
    if (filters_first) {
      emit(operation::keep_if).target = next;
      put(node.children[2]);
    }
    auto& fold = emit(operation::fold);
    fold.target = next;
    fold.other = here();
    code_.steps[begin].target = code_.steps[next].target = here();
  }

  std::size_t around_;
  code code_;
};

}  // namespace

code generate(const tree& whole, std::size_t around) {
  generator into(around);
  into.put(whole);
  return into.finish();
}

}  // namespace sagad::definition::expression

#include <re2/re2.h>

#include <boost/container/small_vector.hpp>

#include "definition/expression/functions.hpp"
#include "definition/expression/value.hpp"
#include "json/json.hpp"

namespace sagad::definition::expression {
namespace {

using kind = value::kind;

// A macro that is under way.
struct comprehension {
  macro_no macro = macro_no::all;
  elements range;
  std::size_t at = 0;
  value current;
  value fault;  // of all and exists: they end with it unless an element decides; nothing yet: null
  std::int64_t matching = 0;
  std::vector<value> made;
};

class machine {
 public:
  machine(const code& program, slice_values values, workshop& room) : program_(program), values_(values), room_(room) {}

  value run() {
    const auto& steps = program_.steps;
    for (std::uint32_t at = 0; at < steps.size();) {
      room_.spend();
      const auto& next = steps[at];
      ++at;
      if (next.what <= operation::variable) {
        stack_.push_back(loaded(next));
      } else if (next.what <= operation::map) {
        compute(next);
      } else if (next.what <= operation::any) {
        at = choose(next, at);
      } else {
        at = go_on(next, at);
      }
    }
    return stack_.back();
  }

 private:
  value pop() {
    const value top = stack_.back();
    stack_.pop_back();
    return top;
  }

  // The topmost value, read. What is not touched stays the JSON that it is.
  value& top() {
    stack_.back() = read(stack_.back(), room_);
    return stack_.back();
  }

  value loaded(const instruction& next) {
    switch (next.what) {
      case operation::null: return {};
      case operation::boolean: return value::of(next.integer != 0);
      case operation::integer: return value::of(next.integer);
      case operation::unsigned_integer: return value::of(static_cast<std::uint64_t>(next.integer));
      case operation::real: return value::of(next.real);
      case operation::text: return value::of_text(next.text);
      case operation::variable: return running_[static_cast<std::size_t>(next.integer)].current;
      default: break;
    }
    const auto raw = next.slice < values_.size() ? values_[next.slice] : std::string_view();
    if (next.what == operation::present) return value::of(raw.data() != nullptr);
    return raw.data() == nullptr ? room_.error("`" + next.text + "` is absent") : value::of_json(raw);
  }

  void compute(const instruction& next) {
    switch (next.what) {
      case operation::list:
      case operation::map: return collect(next);
      case operation::call: return call(next);
      case operation::select:
      case operation::present_in:
      case operation::negate:
      case operation::invert: {
        auto& operand = top();
        if (!operand.is_error()) operand = changed(next, operand);
        return;
      }
      default: break;
    }
    const value right = read(pop(), room_);
    auto& left = top();
    if (left.is_error()) return;
    left = right.is_error() ? right : joined(next.what, left, right);
  }

  value changed(const instruction& next, const value& operand) {
    switch (next.what) {
      case operation::select: return selected(operand, next.text, room_);
      case operation::present_in: return has_member(operand, next.text, room_);
      case operation::negate: return negated(operand, room_);
      default:
        if (operand.is == kind::boolean) return value::of(!operand.boolean);
        return room_.error("`!` stands before " + describe(operand) + ", where true or false is expected");
    }
  }

  value joined(operation what, const value& left, const value& right) {
    switch (what) {
      case operation::index: return indexed(left, right, room_);
      case operation::contained: return contained(left, right, room_);
      case operation::equal: return equal(left, right, room_);
      case operation::unequal: {
        auto same = equal(left, right, room_);
        if (!same.is_error()) same.boolean = !same.boolean;
        return same;
      }
      case operation::less:
      case operation::less_or_equal:
      case operation::greater:
      case operation::greater_or_equal: return compared(what, left, right, room_);
      default: return combined(what, left, right, room_);
    }
  }

  void collect(const instruction& next) {
    const auto parts = static_cast<std::size_t>(next.integer) * (next.what == operation::map ? 2 : 1);
    const auto first = stack_.end() - static_cast<std::ptrdiff_t>(parts);
    value made;
    for (auto part = first; part != stack_.end() && !made.is_error(); ++part) {
      if (part->is_error()) made = *part;
    }
    room_.spend(parts * sizeof(value));
    if (!made.is_error() && next.what == operation::list) made = room_.list({first, stack_.end()});
    if (!made.is_error() && next.what == operation::map) {
      made = map_of(parts == 0 ? nullptr : &*first, parts / 2, room_);
    }
    stack_.erase(first, stack_.end());
    stack_.push_back(made);
  }

  void call(const instruction& next) {
    const auto which = static_cast<function_no>(next.integer);
    if (which == function_no::dyn) return;
    const bool unary = which == function_no::size || which >= function_no::to_integer;
    const value right = unary ? value{} : read(pop(), room_);
    auto& first = top();
    if (first.is_error()) return;
    if (right.is_error()) {
      first = right;
    } else if (which == function_no::size) {
      first = sized(first, room_);
    } else if (unary) {
      first = converted(which, first, room_);
    } else {
      first = asked(which, first, right, next.target);
    }
  }

  value asked(function_no which, const value& text, const value& other, std::uint32_t pattern) {
    if (text.is != kind::text || other.is != kind::text) {
      return room_.error("text is searched for text, and here are " + describe(text) + " and " + describe(other));
    }
    room_.spend(text.text.size());
    switch (which) {
      case function_no::starts_with: return value::of(text.text.starts_with(other.text));
      case function_no::ends_with: return value::of(text.text.ends_with(other.text));
      case function_no::contains: return value::of(text.text.find(other.text) != std::string_view::npos);
      default:
        room_.spend(16 * text.text.size());
        return value::of(
            re2::RE2::PartialMatch(re2::StringPiece(text.text.data(), text.text.size()), *program_.patterns[pattern]));
    }
  }

  value not_a_truth(const value& given, std::string_view where) {
    if (given.is_error()) return given;
    return room_.error(std::string(where) + " wants true or false, and got " + describe(given));
  }

  // Where to go on in && || ?: and after them.
  std::uint32_t choose(const instruction& next, std::uint32_t at) {
    switch (next.what) {
      case operation::jump: return next.target;
      case operation::branch: {
        const value condition = read(pop(), room_);
        if (condition.is == kind::boolean) return condition.boolean ? at : next.target;
        stack_.push_back(not_a_truth(condition, "`?`"));
        return next.other;
      }
      case operation::unless_false: return is_surely(top(), false) ? next.target : at;
      case operation::unless_true: return is_surely(top(), true) ? next.target : at;
      default: break;
    }
    const bool decides = next.what == operation::any;
    const value right = read(pop(), room_);
    auto& left = top();
    // An error is absorbed by the value that decides, on whichever side.
    if (is_surely(right, decides) || (right.is == kind::boolean && left.is == kind::boolean)) {
      left = right;
    } else {
      left = not_a_truth(left.is == kind::boolean ? right : left, decides ? "`||`" : "`&&`");
    }
    return at;
  }

  static bool is_surely(const value& given, bool what) noexcept {
    return given.is == kind::boolean && given.boolean == what;
  }

  std::uint32_t go_on(const instruction& next, std::uint32_t at) {
    switch (next.what) {
      case operation::begin: return begin(next, at);
      case operation::next: {
        auto& now = running_.back();
        if (now.at == now.range.count) return finish(next.target, result());
        now.current = now.range.first[now.at++ * now.range.stride];
        return at;
      }
      case operation::keep_if: {
        const value kept = read(pop(), room_);
        if (kept.is != kind::boolean) return finish(past(next.target), not_a_truth(kept, "`.map`"));
        return kept.boolean ? at : next.target;
      }
      default: return fold(next, read_unless_kept());
    }
  }

  // Past the macro whose `next` stands at `place`.
  std::uint32_t past(std::uint32_t place) const { return program_.steps[place].target; }

  // What an element gave: a list of results takes it as it is.
  value read_unless_kept() {
    const value given = pop();
    return running_.back().macro == macro_no::map ? given : read(given, room_);
  }

  std::uint32_t begin(const instruction& next, std::uint32_t at) {
    const auto macro = static_cast<macro_no>(next.integer);
    const value range = read(pop(), room_);
    if (range.is != kind::list && range.is != kind::map) {
      const std::string shown = "`." + std::string(word_of(macro)) + "`";
      stack_.push_back(range.is_error() ? range
                                        : room_.error(shown + " follows " + describe(range) +
                                                      ", where a list or a map is expected"));
      return next.target;
    }
    auto& begun = running_.emplace_back();
    begun.macro = macro;
    begun.range = elements_of(range, room_);
    return at;
  }

  std::uint32_t finish(std::uint32_t at, const value& result) {
    running_.pop_back();
    stack_.push_back(result);
    return at;
  }

  // Of a macro whose elements are all passed.
  value result() {
    auto& now = running_.back();
    switch (now.macro) {
      case macro_no::all:
      case macro_no::exists: return now.fault.is_error() ? now.fault : value::of(now.macro == macro_no::all);
      case macro_no::exists_one: return value::of(now.matching == 1);
      default: return room_.list(std::move(now.made));
    }
  }

  std::uint32_t fold(const instruction& next, const value& given) {
    auto& now = running_.back();
    if (now.macro == macro_no::map) {
      if (given.is_error()) return finish(next.other, given);
      now.made.push_back(given);
      return next.target;
    }
    const bool is_truth = given.is == kind::boolean;
    const bool decided_by_one = now.macro == macro_no::all || now.macro == macro_no::exists;
    if (decided_by_one) {
      const bool decides = now.macro == macro_no::exists;
      if (is_surely(given, decides)) return finish(next.other, given);
      if (!is_truth && !now.fault.is_error()) now.fault = not_a_truth(given, shown_name());
      return next.target;
    }
    if (!is_truth) return finish(next.other, not_a_truth(given, shown_name()));
    if (given.boolean) {
      ++now.matching;
      if (now.macro == macro_no::filter) now.made.push_back(now.current);
    }
    return next.target;
  }

  std::string shown_name() const { return "`." + std::string(word_of(running_.back().macro)) + "`"; }

  const code& program_;
  slice_values values_;
  workshop& room_;
  boost::container::small_vector<value, 8> stack_;
  std::vector<comprehension> running_;
};

evaluated fault(std::string why) {
  return {{}, std::move(why)};
}

// Evaluates and hands the result over while all that it points to is alive.
template <typename Take>
auto with_result(const code& program, slice_values values, Take&& take) {
  workshop room;
  try {
    return take(run(program, values, room), room);
  } catch (const workshop::spent&) {
    return take(room.error("it takes more than " + std::to_string(evaluation_steps_max) + " steps"), room);
  }
}

evaluated text_or_fault(const value& given, workshop& room) {
  const value result = read(given, room);
  if (result.is_error()) return fault(std::string(result.text));
  if (result.is == kind::null || result.is == kind::list || result.is == kind::map) {
    return fault("the result is " + describe(result) + ", which has no place inside a text");
  }
  if (result.is != kind::text && result.is_json()) return {std::string(result.text), std::nullopt};
  const value text = converted(function_no::to_text, result, room);
  if (text.text.size() > result_bytes_max) {
    return fault("the result grows larger than " + std::to_string(result_bytes_max) + " bytes");
  }
  return {std::string(text.text), std::nullopt};
}

}  // namespace

value run(const code& program, slice_values values, workshop& room) {
  return machine(program, values, room).run();
}

evaluated evaluate_json(const code& program, slice_values values) {
  return with_result(program, values, [](const value& given, workshop& room) {
    evaluated result;
    result.fault = append_json(given, room, result.text);
    return result;
  });
}

evaluated evaluate_text(const code& program, slice_values values) {
  return with_result(program, values, text_or_fault);
}

std::variant<bool, std::string> evaluate_condition(const code& program, slice_values values) {
  using outcome = std::variant<bool, std::string>;
  return with_result(program, values, [](const value& given, workshop& room) -> outcome {
    const value result = read(given, room);
    if (result.is == kind::boolean) return result.boolean;
    if (result.is_error()) return std::string(result.text);
    return "the result is " + describe(result) + ", where true or false is expected";
  });
}

}  // namespace sagad::definition::expression

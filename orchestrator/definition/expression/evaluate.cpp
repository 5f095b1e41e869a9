#include <boost/container/static_vector.hpp>

#include "definition/decimal.hpp"
#include "definition/expression/expression.hpp"
#include "json/json.hpp"

namespace sagad::definition::expression {
namespace {

std::string_view sign_of(operation what) noexcept {
  switch (what) {
    case operation::add: return "+";
    case operation::multiply: return "*";
    case operation::divide: return "/";
    case operation::remainder: return "%";
    default: return "-";
  }
}

class machine {
 public:
  machine(slice_values values, std::size_t bytes_max) : values_(values), bytes_max_(bytes_max) {}

  // Returns what is wrong, empty when all went well.
  std::string run(const instruction& next) {
    switch (next.what) {
      case operation::integer: stack_.emplace_back(next.integer); return {};
      case operation::text: stack_.emplace_back(next.text); return {};
      case operation::value: return load(next);
      case operation::negate: return negate();
      default: return combine(next.what);
    }
  }

  value take() { return std::move(stack_.back()); }

 private:
  std::string load(const instruction& next) {
    const std::string_view raw = next.slice < values_.size() ? values_[next.slice] : std::string_view();
    if (raw.data() == nullptr) return "`" + next.text + "` is absent";
    if (raw.front() == '"') {
      stack_.emplace_back(json::unescape(raw));
      return {};
    }
    const bool number = raw.front() == '-' || (raw.front() >= '0' && raw.front() <= '9');
    if (const auto integer = number ? exact_integer(raw) : std::nullopt) {
      stack_.emplace_back(*integer);
      return {};
    }
    return "`" + next.text + "` is " + (number ? "no integer of 64 bits" : "neither an integer nor text");
  }

  std::string negate() {
    auto* operand = std::get_if<std::int64_t>(&stack_.back());
    if (operand == nullptr) return "text has no negative";
    if (__builtin_sub_overflow(std::int64_t{0}, *operand, operand)) return "the result does not fit into 64 bits";
    return {};
  }

  std::string combine(operation what) {
    const value right = std::move(stack_.back());
    stack_.pop_back();
    value& left = stack_.back();
    if (left.index() != right.index()) return "`" + std::string(sign_of(what)) + "` stands between an integer and text";
    if (auto* text = std::get_if<std::string>(&left)) {
      if (what != operation::add) return "`" + std::string(sign_of(what)) + "` stands between texts: only + joins them";
      *text += std::get<std::string>(right);
      return text->size() > bytes_max_ ? "the text grows larger than " + std::to_string(bytes_max_) + " bytes" : "";
    }
    return count(what, std::get<std::int64_t>(left), std::get<std::int64_t>(right));
  }

  // Truncates towards zero, as CEL does.
  static std::string count(operation what, std::int64_t& left, std::int64_t right) {
    const bool divides = what == operation::divide || what == operation::remainder;
    if (divides && right == 0) return "a division by zero";
    bool overflows = divides && left == INT64_MIN && right == -1;
    if (!overflows) {
      switch (what) {
        case operation::add: overflows = __builtin_add_overflow(left, right, &left); break;
        case operation::subtract: overflows = __builtin_sub_overflow(left, right, &left); break;
        case operation::multiply: overflows = __builtin_mul_overflow(left, right, &left); break;
        case operation::divide: left /= right; break;
        default: left %= right; break;
      }
    }
    return overflows ? "the result does not fit into 64 bits" : "";
  }

  slice_values values_;
  std::size_t bytes_max_;
  boost::container::static_vector<value, stack_max> stack_;
};

}  // namespace

evaluated evaluate(const code& program, slice_values values, std::size_t bytes_max) {
  machine on(values, bytes_max);
  for (const auto& next : program.steps) {
    if (auto fault = on.run(next); !fault.empty()) return {std::int64_t{0}, std::move(fault)};
  }
  return {on.take(), std::nullopt};
}

}  // namespace sagad::definition::expression

// What is done with numbers, and conversions between kinds.
#include <charconv>
#include <cmath>
#include <compare>

#include "definition/expression/signs.hpp"
#include "definition/expression/value.hpp"

namespace sagad::definition::expression {
namespace {

using kind = value::kind;

constexpr double two_to_63 = 9223372036854775808.0;
constexpr double two_to_64 = 18446744073709551616.0;

constexpr std::string_view too_large = "the result does not fit into 64 bits";

// Truncates towards zero, as CEL does.
template <typename Integer>
value count(operation what, Integer left, Integer right, workshop& room) {
  const bool divides = what == operation::divide || what == operation::remainder;
  if (divides && right == 0) return room.error("a division by zero");
  bool overflows = false;
  if constexpr (std::is_signed_v<Integer>) overflows = divides && left == INT64_MIN && right == -1;
  if (!overflows) {
    switch (what) {
      case operation::add: overflows = __builtin_add_overflow(left, right, &left); break;
      case operation::subtract: overflows = __builtin_sub_overflow(left, right, &left); break;
      case operation::multiply: overflows = __builtin_mul_overflow(left, right, &left); break;
      case operation::divide: left /= right; break;
      default: left %= right; break;
    }
  }
  return overflows ? room.error(std::string(too_large)) : value::of(left);
}

value count(operation what, double left, double right, workshop& room) {
  switch (what) {
    case operation::add: return value::of(left + right);
    case operation::subtract: return value::of(left - right);
    case operation::multiply: return value::of(left * right);
    case operation::divide: return value::of(left / right);
    default: return room.error("`%` stands between doubles: only integers have a remainder");
  }
}

bool is_number(const value& given) noexcept {
  return given.is == kind::integer || given.is == kind::unsigned_integer || given.is == kind::real;
}

double as_double(const value& number) noexcept {
  if (number.is == kind::real) return number.real;
  return number.is == kind::integer ? static_cast<double>(number.integer)
                                    : static_cast<double>(number.unsigned_integer);
}

value mismatch(operation what, const value& left, const value& right, workshop& room) {
  std::string why = "`" + std::string(sign_of(what)) + "` stands between " + describe(left) + " and " + describe(right);
  if (is_number(left) && is_number(right)) why += ": make them the same with int(), uint() or double()";
  return room.error(std::move(why));
}

value joined(const value& left, const value& right, workshop& room) {
  room.spend(left.text.size() + right.text.size());
  std::string text(left.text);
  text += right.text;
  return value::of_text(room.keep(std::move(text)));
}

value appended(const value& left, const value& right, workshop& room) {
  const auto first = elements_of(left, room);
  const auto second = elements_of(right, room);
  room.spend((first.count + second.count) * sizeof(value));
  std::vector<value> all(first.first, first.first + first.count);
  all.insert(all.end(), second.first, second.first + second.count);
  return room.list(std::move(all));
}

// As CEL does: an integer is made a double to be compared with one, so that past 2^53 neighbours are equal.
std::partial_ordering order_numbers(const value& left, const value& right) noexcept {
  if (left.is == kind::real || right.is == kind::real) return as_double(left) <=> as_double(right);
  if (left.is == kind::unsigned_integer && right.is == kind::unsigned_integer) {
    return left.unsigned_integer <=> right.unsigned_integer;
  }
  if (left.is == kind::integer && right.is == kind::integer) return left.integer <=> right.integer;
  if (left.is == kind::integer) {
    if (left.integer < 0) return std::partial_ordering::less;
    return static_cast<std::uint64_t>(left.integer) <=> right.unsigned_integer;
  }
  return 0 <=> order_numbers(right, left);
}

// Unordered, too, where there is no order.
std::partial_ordering order(const value& left, const value& right, workshop& room) {
  if (is_number(left) && is_number(right)) return order_numbers(left, right);
  if (left.is == kind::text && right.is == kind::text) {
    room.spend(std::min(left.text.size(), right.text.size()));
    return left.text.compare(right.text) <=> 0;
  }
  return left.boolean <=> right.boolean;
}

template <typename Number>
std::optional<Number> parsed(std::string_view text) noexcept {
  Number number{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

value no_conversion(const value& from, std::string_view to, workshop& room) {
  constexpr std::size_t shown_bytes_max = 40;
  if (from.is != kind::text) return room.error(describe(from) + " is not made into " + std::string(to));
  const std::string shown(from.text.substr(0, shown_bytes_max));
  return room.error("the text \"" + shown + "\" is not " + std::string(to));
}

value to_integer(const value& from, workshop& room) {
  switch (from.is) {
    case kind::integer: return value::of(from.integer);
    case kind::unsigned_integer:
      if (from.unsigned_integer <= INT64_MAX) return value::of(static_cast<std::int64_t>(from.unsigned_integer));
      return room.error(std::string(too_large));
    case kind::real:
      if (from.real > -two_to_63 && from.real < two_to_63) return value::of(static_cast<std::int64_t>(from.real));
      return room.error(std::string(too_large));
    case kind::text:
      if (const auto number = parsed<std::int64_t>(from.text)) return value::of(*number);
      [[fallthrough]];
    default: return no_conversion(from, "an integer of 64 bits", room);
  }
}

value to_unsigned(const value& from, workshop& room) {
  switch (from.is) {
    case kind::unsigned_integer: return value::of(from.unsigned_integer);
    case kind::integer:
      if (from.integer >= 0) return value::of(static_cast<std::uint64_t>(from.integer));
      return room.error("a negative number is not made into an unsigned integer");
    case kind::real:
      if (from.real > -1.0 && from.real < two_to_64) return value::of(static_cast<std::uint64_t>(from.real));
      return room.error("the number does not fit into an unsigned integer of 64 bits");
    case kind::text:
      if (const auto number = parsed<std::uint64_t>(from.text)) return value::of(*number);
      [[fallthrough]];
    default: return no_conversion(from, "an unsigned integer of 64 bits", room);
  }
}

value to_double(const value& from, workshop& room) {
  switch (from.is) {
    case kind::real: return value::of(from.real);
    case kind::integer:
    case kind::unsigned_integer: return value::of(as_double(from));
    case kind::text:
      if (const auto number = parsed<double>(from.text)) return value::of(*number);
      [[fallthrough]];
    default: return no_conversion(from, "a double", room);
  }
}

value to_text(const value& from, workshop& room) {
  switch (from.is) {
    case kind::text: return value::of_text(from.text);
    case kind::boolean: return value::of_text(from.boolean ? "true" : "false");
    case kind::integer: return value::of_text(room.keep(std::to_string(from.integer)));
    case kind::unsigned_integer: return value::of_text(room.keep(std::to_string(from.unsigned_integer)));
    case kind::real: return value::of_text(room.keep(text_of(from.real)));
    default: return no_conversion(from, "text", room);
  }
}

value to_boolean(const value& from, workshop& room) {
  if (from.is == kind::boolean) return value::of(from.boolean);
  if (from.is == kind::text) {
    for (const auto yes : {"true", "TRUE", "True", "t", "1"}) {
      if (from.text == yes) return value::of(true);
    }
    for (const auto no : {"false", "FALSE", "False", "f", "0"}) {
      if (from.text == no) return value::of(false);
    }
  }
  return no_conversion(from, "true or false", room);
}

}  // namespace

std::string_view sign_of(operation what) noexcept {
  switch (what) {
    case operation::add: return "+";
    case operation::multiply: return "*";
    case operation::divide: return "/";
    case operation::remainder: return "%";
    case operation::less: return "<";
    case operation::less_or_equal: return "<=";
    case operation::greater: return ">";
    case operation::greater_or_equal: return ">=";
    case operation::equal: return "==";
    case operation::unequal: return "!=";
    case operation::contained: return "in";
    case operation::invert: return "!";
    default: return "-";
  }
}

value negated(const value& operand, workshop& room) {
  if (operand.is == kind::real) return value::of(-operand.real);
  if (operand.is != kind::integer) return room.error(describe(operand) + " has no negative");
  return count(operation::subtract, std::int64_t{0}, operand.integer, room);
}

value combined(operation what, const value& left, const value& right, workshop& room) {
  if (left.is != right.is) return mismatch(what, left, right, room);
  switch (left.is) {
    case kind::integer: return count(what, left.integer, right.integer, room);
    case kind::unsigned_integer: return count(what, left.unsigned_integer, right.unsigned_integer, room);
    case kind::real: return count(what, left.real, right.real, room);
    case kind::text:
      if (what == operation::add) return joined(left, right, room);
      return room.error("`" + std::string(sign_of(what)) + "` stands between texts: only + joins them");
    case kind::list:
      if (what == operation::add) return appended(left, right, room);
      [[fallthrough]];
    default: return mismatch(what, left, right, room);
  }
}

value compared(operation what, const value& left, const value& right, workshop& room) {
  const bool comparable = (is_number(left) && is_number(right)) || (left.is == right.is && left.is == kind::text) ||
                          (left.is == right.is && left.is == kind::boolean);
  if (!comparable) return mismatch(what, left, right, room);
  const auto is = order(left, right, room);
  switch (what) {
    case operation::less: return value::of(is < 0);
    case operation::less_or_equal: return value::of(is <= 0);
    case operation::greater: return value::of(is > 0);
    default: return value::of(is >= 0);
  }
}

value equal(const value& left, const value& right, workshop& room) {
  room.spend();
  if (is_number(left) && is_number(right)) return value::of(order_numbers(left, right) == 0);
  if (left.is != right.is) return value::of(false);
  switch (left.is) {
    case kind::null: return value::of(true);
    case kind::list:
    case kind::map: return equal_inside(left, right, room);
    default: return value::of(order(left, right, room) == 0);
  }
}

value converted(function_no to, const value& from, workshop& room) {
  room.spend(from.is == kind::text ? from.text.size() : 0);
  switch (to) {
    case function_no::to_integer: return to_integer(from, room);
    case function_no::to_unsigned: return to_unsigned(from, room);
    case function_no::to_double: return to_double(from, room);
    case function_no::to_text: return to_text(from, room);
    default: return to_boolean(from, room);
  }
}

}  // namespace sagad::definition::expression

#include "rehearsal/number_sample.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <charconv>
#include <string_view>

namespace sagad::rehearsal {
namespace {

using boost::multiprecision::cpp_int;
using number_bound = definition::schema_node::bound;

cpp_int power_of_ten(std::size_t exponent) {
  return boost::multiprecision::pow(cpp_int(10), static_cast<unsigned>(exponent));
}

// `digits` times ten to the power of -`places`.
struct exact_number {
  cpp_int digits;
  std::size_t places = 0;

  cpp_int scaled(std::size_t to) const { return digits * power_of_ten(to - places); }
};

// Nothing where it would have more digits than anybody writes.
std::optional<exact_number> exact(std::string_view json_number) {
  constexpr int digits_max = 1000;
  const auto exponent_at = std::min(json_number.find_first_of("eE"), json_number.size());
  int exponent = 0;
  if (exponent_at < json_number.size()) {
    auto written = json_number.substr(exponent_at + 1);
    if (written.front() == '+') written.remove_prefix(1);
    if (std::from_chars(written.data(), written.data() + written.size(), exponent).ec != std::errc()) {
      return std::nullopt;
    }
  }
  if (exponent > digits_max || exponent < -digits_max || exponent_at > digits_max) return std::nullopt;
  exact_number made;
  const bool negative = json_number.front() == '-';
  for (const char letter : json_number.substr(0, exponent_at)) {
    if (letter == '.') {
      exponent -= static_cast<int>(exponent_at - json_number.find('.') - 1);
    } else if (letter != '-') {
      made.digits = made.digits * 10 + (letter - '0');
    }
  }
  if (negative) made.digits = -made.digits;
  if (exponent >= 0) {
    made.digits *= power_of_ten(static_cast<std::size_t>(exponent));
  } else {
    made.places = static_cast<std::size_t>(-exponent);
  }
  return made;
}

cpp_int floor_of(const cpp_int& number, const cpp_int& divisor) {
  cpp_int quotient = number / divisor;
  if (quotient * divisor > number) --quotient;
  return quotient;
}

std::string written_with_point(cpp_int number, std::size_t places) {
  const bool negative = number < 0;
  if (negative) number = -number;
  auto text = number.str();
  if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
  if (places != 0) text.insert(text.size() - places, ".");
  while (places != 0 && text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return (negative ? "-" : "") + text;
}

/// The numbers between the bounds of some schemas.
class number_range {
 public:
  // False: a bound is so far away that it is not counted with.
  bool narrow(const definition::schema_node& schema) {
    if (schema.multiple_of != 0) unit_ = boost::multiprecision::lcm(unit_, cpp_int(schema.multiple_of));
    return narrow(schema.minimum, false, false) && narrow(schema.above, false, true) &&
           narrow(schema.maximum, true, false) && narrow(schema.below, true, true);
  }

  // The first are those from 1 on, or from the one next to it; the others go down from there.
  std::optional<std::string> integer(std::size_t order) const {
    const auto least = least_ ? -floor_of(-(least_->scaled(places_) + (least_open_ ? 1 : 0)), whole()) * unit_
                              : std::optional<cpp_int>();
    const auto most =
        most_ ? floor_of(most_->scaled(places_) - (most_open_ ? 1 : 0), whole()) * unit_ : std::optional<cpp_int>();
    if (least && most && *least > *most) return std::nullopt;
    cpp_int first = unit_;
    if (least && first < *least) first = *least;
    if (most && first > *most) first = *most;
    const cpp_int up = first + unit_ * order;
    if (!most || up <= *most) return up.str();
    const cpp_int above = (*most - first) / unit_;
    const cpp_int down = first - unit_ * (cpp_int(order) - above);
    return !least || down >= *least ? std::optional(down.str()) : std::nullopt;
  }

  // For where there are no integers, or not so many.
  std::optional<std::string> fraction(std::size_t order) const {
    if (!least_ || !most_) return std::nullopt;
    const auto least = least_->scaled(places_);
    const auto most = most_->scaled(places_);
    if (!least_open_ && (least < most || !most_open_)) {
      if (order == 0) return written_with_point(least, places_);
      --order;
    }
    if (least >= most) return std::nullopt;
    const auto further = std::to_string(order + 1).size();  // so that all of this order are before the next bound
    return written_with_point(least * power_of_ten(further) + order + 1, places_ + further);
  }

  const cpp_int& unit() const noexcept { return unit_; }

 private:
  cpp_int whole() const { return unit_ * power_of_ten(places_); }

  bool narrow(const std::optional<number_bound>& with, bool is_upper, bool open) {
    if (!with) return true;
    auto read = exact(with->text);
    if (!read) return false;
    auto& limit = is_upper ? most_ : least_;
    auto& limit_open = is_upper ? most_open_ : least_open_;
    const auto places = std::max(read->places, places_);
    const auto now = read->scaled(places);
    const auto before = limit ? limit->scaled(places) : now;
    const bool narrower = is_upper ? now < before : now > before;
    if (limit && !narrower && now != before) return true;
    limit_open = open || (limit && !narrower && limit_open);
    limit = std::move(read);
    places_ = places;
    return true;
  }

  cpp_int unit_ = 1;  // of integers
  std::size_t places_ = 0;
  std::optional<exact_number> least_;
  std::optional<exact_number> most_;
  bool least_open_ = false;
  bool most_open_ = false;
};

// Where the bounds are too large to count: one of them, as it is written.
std::optional<std::string> far_number(const std::vector<const definition::schema_node*>& schemas, std::size_t order) {
  std::vector<std::string> found;
  for (const auto* schema : schemas) {
    for (const auto& bound : {schema->minimum, schema->maximum}) {
      if (bound) found.push_back(bound->text);
    }
  }
  return order < found.size() ? std::optional(found[order]) : std::nullopt;
}

}  // namespace

std::optional<std::string> number_sample(const std::vector<const definition::schema_node*>& schemas, bool is_integer,
                                         std::size_t order) {
  number_range range;
  for (const auto* schema : schemas) {
    if (!range.narrow(*schema)) return far_number(schemas, order);
  }
  if (auto made = range.integer(order)) return made;
  return is_integer || range.unit() != 1 ? std::nullopt : range.fraction(order);
}

}  // namespace sagad::rehearsal
